import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item, ItemStore, LongExchange, RecorderOptions } from "@eventstream-kit/cassette";
import {
  assertNoSecretsInExchange,
  createRecorder,
  formatCassette,
  formatExchange,
  itemBytes,
} from "@eventstream-kit/cassette";
import { recordClient } from "@eventstream-kit/cassette/aws-sdk";
import { loadCassette, saveCassette, spool } from "@eventstream-kit/cassette/node";
import { encodeEvent } from "@eventstream-kit/codec";
import { serve } from "@eventstream-kit/service/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ways } from "./aws-sdk/clients.ts";
import { hexOf } from "./support/bytes.ts";
import { cassetteOf, eventStream, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame, duplicateFrame } from "./support/frames.ts";
import { keyId } from "./support/secrets.ts";
import { rejected, thrown } from "./support/thrown.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "spool-"));
  path = join(folder, "chat.cassette.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const header = { eventstream: 1, origin: "recorded" } as const;

/** Records with a store, as `recorded` does without one. */
function spooled(
  chunks: Iterable<Uint8Array>,
  store: () => ItemStore,
  others: Pick<RecorderOptions, "maxBytes" | "redact"> = {},
): LongExchange {
  let time = 0;
  const options = { now: () => (time += 10), sha256: () => createHash("sha256") };
  const recorder = createRecorder({ ...options, ...others }, store);
  const recording = recorder.start(requestOf());
  recording.head({ status: 200, headers: [eventStream] });
  for (const chunk of chunks) recording.chunk(chunk);
  return recording.end();
}

describe("a spooled recording", () => {
  const sizes = [0, 1, 100, 65_000, 65_536, 70_000, 300_000, 5];
  const frames = [
    ...sizes.map((size) => chunkFrame("x".repeat(size))),
    duplicateFrame(),
    chunkFrame("AKIAIOSF"),
    chunkFrame("ODNN7EXAMPLE"),
    completeFrame(),
    chunkFrame("cut off").subarray(0, -2),
  ];

  test("is the recording in memory: the same cassette, which can be read as often as wanted", async () => {
    const exchange = spooled(frames, () => spool({ folder }));
    const inMemory = recorded(frames);
    expect([...exchange.items]).toEqual(inMemory.items);
    expect(exchange.frames).toBe(inMemory.items.filter(({ kind }) => kind === "frame").length);
    for (let time = 0; time < 2; time++) {
      const timing = { ...exchange.timing!, chunks: [...exchange.timing!.chunks] };
      expect({ end: exchange.end, timing }).toEqual({ end: inMemory.end, timing: inMemory.timing });
    }

    // Two readers do not disturb each other.
    const behind = exchange.items[Symbol.iterator]();
    const seen: [Item, unknown][] = [];
    for (const item of exchange.items) seen.push([item, seen.length > 1 ? behind.next().value : undefined]);
    expect(seen).toEqual(inMemory.items.map((item, index) => [item, inMemory.items[index - 2]]));

    await saveCassette(path, { header, exchanges: [exchange, exchange] }, { secrets: [] });
    expect((await loadCassette(path)).exchanges).toEqual([inMemory, inMemory]);
    exchange.discard!();
  });

  test("whose frames became shorter has its chunks fitted to them", async () => {
    const redact = { normalize: ["bedrock-padding"] } as const;
    const padded = Array.from({ length: 50 }, (_, index) =>
      encodeEvent({ event: "chunk", json: { contentBlockDelta: { delta: { text: "Hi" } }, p: "ab".repeat(index) } }),
    );
    const pieces = padded.flatMap((frame) => [frame.subarray(0, 30), frame.subarray(30)]);
    const exchange = spooled(pieces, () => spool({ folder }), { redact });
    const inMemory = recorded(pieces, { options: { redact } });
    expect([...exchange.timing!.chunks]).toEqual(inMemory.timing!.chunks);
    await saveCassette(path, { header, exchanges: [exchange] }, { secrets: [] });
    expect((await loadCassette(path)).exchanges).toEqual([inMemory]);
    exchange.discard!();
  });

  test("leaves no file with a name, and none readable once discarded", async () => {
    const exchange = spooled(frames, () => spool({ folder }));
    expect(await readdir(folder)).toEqual([]);
    exchange.discard!();
    expect(thrown(() => [...exchange.items]).code).toBe("state");
  });

  test("is discarded before its end, too", () => {
    const recording = createRecorder({}, () => spool({ folder })).start(requestOf());
    recording.head({ status: 200, headers: [eventStream] });
    for (const frame of frames) recording.chunk(frame);
    recording.discard();
    expect(thrown(() => recording.end()).code).toBe("state");
  });

  test("gives back the memory of what it has written to its file", () => {
    const store = spool({ folder });
    const bytes = new Uint8Array(65_536);
    const before = process.memoryUsage().arrayBuffers;
    for (let written = 0; written < 8 * 1_048_576; written += bytes.length) {
      store.add({ kind: "raw", why: "not_event_stream", bytes }, bytes);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_048_576);
    store.discard();
  });

  test("lends items: the same ones, in memory that is given back or used again", () => {
    const { items } = spooled(frames, () => spool({ folder }));
    const lent: string[] = [];
    for (const item of items.lent!()) lent.push(hexOf(itemBytes(item)));
    expect(lent).toEqual(Array.from(items, (item) => hexOf(itemBytes(item))));

    const long = spooled(filler(100), () => spool({ folder }));
    const memory = new Set<ArrayBufferLike>();
    for (const item of long.items.lent!()) if (item.kind === "frame") memory.add(item.message.payload.buffer);
    expect(attached(memory)).toBeLessThan(200_000);
    long.discard!();
  });

  test("has what a short one has without a file: its folder need not exist", () => {
    const nowhere = join(folder, "nowhere");
    const short = spooled([chunkFrame("Hello")], () => spool({ folder: nowhere }));
    expect([...short.items]).toEqual(recorded([chunkFrame("Hello")]).items);
    const error = thrown(() => spooled(frames, () => spool({ folder: nowhere })));
    expect(error).toMatchObject({ code: "file", path: nowhere, cause: { code: "ENOENT" } });
  });
});

/** How many bytes have not been given back. */
const attached = (memory: ReadonlySet<ArrayBufferLike>) =>
  [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);

const filler = (count: number) =>
  Array.from({ length: count }, (_, index) => chunkFrame(`${String(index)} `.repeat(8000)));

describe("secrets in long recordings", () => {
  const secret = "kA3b+own/credential=of~the.recorder";

  test.each([
    ["in the middle", [...filler(60), chunkFrame(secret), ...filler(60)]],
    ["cut by frames", [...filler(60), chunkFrame(secret.slice(0, 9)), chunkFrame(secret.slice(9)), ...filler(60)]],
    ["at the end, in base64", [...filler(60), chunkFrame(Buffer.from(secret).toString("base64"))]],
    [
      "in JSON over frames",
      [...filler(60), ...secret.match(/.{1,7}/g)!.map((d) => chunkFrame(JSON.stringify({ d }))), ...filler(30)],
    ],
  ])("%s: nothing is written, and the previous cassette is left", async (_, frames) => {
    await saveCassette(path, cassetteOf([]), { secrets: [] });
    const before = await readFile(path, "utf8");
    const exchange = spooled(frames, () => spool({ folder }));
    expect(thrown(() => assertNoSecretsInExchange(exchange, [secret])).code).toBe("secret");
    const error = await rejected(
      saveCassette(path, { header, exchanges: [exchange] }, { secrets: ["unlike it", secret] }),
    );
    expect(error.code).toBe("secret");
    expect(error.message).not.toContain(secret);
    expect(await readFile(path, "utf8")).toBe(before);
    expect(await readdir(folder)).toEqual(["chat.cassette.jsonl"]);
  });

  test("name the line also far down", () => {
    const exchange = recorded([...filler(60), chunkFrame(secret)]);
    const lines = formatExchange(exchange).split("\n");
    const at = lines.findIndex((line) => line.includes(secret)) + 1;
    expect(thrown(() => assertNoSecretsInExchange(exchange, [secret])).line).toBe(at);
  });
});

describe("record case 6: a stream that is too long for memory", () => {
  /** Counts what is handed to it and what it was handed at the end. */
  class Counter implements ItemStore {
    bytes = 0;
    readonly masked: string[] = [];
    add(item: Item, bytes: Uint8Array): void {
      this.bytes += bytes.length;
      const text = item.kind === "frame" ? Buffer.from(item.message.payload).toString("latin1") : "";
      if (text.includes("AKIA")) this.masked.push(text.slice(text.indexOf("AKIA"), text.indexOf("AKIA") + 20));
    }
    *[Symbol.iterator](): Generator<Item, void, undefined> {}
    discard(): void {}
  }

  test("what is recorded is handed on, masked: the recorder itself never holds more than a part of it", () => {
    const store = new Counter();
    const recorder = createRecorder({ sha256: () => createHash("sha256") }, () => store);
    const recording = recorder.start(requestOf());
    recording.head({ status: 200, headers: [eventStream] });
    let told = 0;
    let held = 0;
    for (let index = 0; index < 400; index++) {
      const frame = chunkFrame(`${"x".repeat(40_000)} ${keyId} ${"y".repeat(10_000)}`);
      for (let at = 0; at < frame.length; at += 16_384) {
        const chunk = frame.subarray(at, at + 16_384);
        recording.chunk(chunk);
        told += chunk.length;
        held = Math.max(held, told - store.bytes);
      }
    }
    expect(recording.end().end.bytes).toBe(told);
    expect(store.bytes).toBe(told);
    expect(told).toBeGreaterThan(20_000_000);
    expect(held).toBeLessThan(300_000);
    expect(new Set(store.masked)).toEqual(new Set([`AKIA${"X".repeat(16)}`]));
    expect(store.masked).toHaveLength(400);
  });

  test("no memory is left to V8 for what a store has: neither what it was given, nor what frames were read from", () => {
    const memory = new Set<ArrayBufferLike>();
    class Watcher extends Counter {
      override add(item: Item, bytes: Uint8Array): void {
        super.add(item, bytes);
        memory.add(bytes.buffer).add(item.kind === "frame" ? item.message.payload.buffer : item.bytes.buffer);
      }
    }
    const store = new Watcher();
    const given = spooled([...filler(200), new Uint8Array(1_000_000)], () => store);
    expect(given.end.bytes).toBe(store.bytes);
    expect(store.bytes).toBeGreaterThan(5_000_000);
    // What is used again.
    expect(attached(memory)).toBeLessThan(1_000_000);
  });

  test("what is saved is read from memory that is used again", async () => {
    const exchange = spooled(filler(200), () => spool({ folder }));
    const memory = new Set<ArrayBufferLike>();
    const { items } = exchange;
    const watched = {
      [Symbol.iterator]: () => items[Symbol.iterator](),
      *lent() {
        for (const item of items.lent!()) {
          if (item.kind === "frame") memory.add(item.message.payload.buffer);
          yield item;
        }
      },
    };
    await saveCassette(path, { header, exchanges: [{ ...exchange, items: watched }] }, { secrets: ["unlike it"] });
    expect(memory.size).toBeGreaterThan(0);
    expect(attached(memory)).toBeLessThan(200_000);
    const [loaded] = (await loadCassette(path)).exchanges;
    expect(loaded!.items).toEqual([...items]);
  });

  test("beyond the limit the recording says so, and is whole up to there", async () => {
    const frames = Array.from({ length: 50 }, (_, index) => chunkFrame(`${String(index)} `.repeat(5000)));
    const exchange = spooled(frames, () => spool({ folder }), { maxBytes: 300_000 });
    expect(exchange.end).toMatchObject({ how: "limit", bytes: 300_000 });
    await saveCassette(path, { header, exchanges: [exchange] }, { secrets: [] });
    const [loaded] = (await loadCassette(path)).exchanges;
    expect(Buffer.concat(loaded!.items.map(itemBytes)).equals(Buffer.concat(frames).subarray(0, 300_000))).toBe(true);
    expect(formatCassette(await loadCassette(path))).toBe(await readFile(path, "utf8"));
  });

  test("beyond the limit a client goes on to get what comes", async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `${String(index)} `.repeat(5000));
    const body = texts.map((text) => chunkFrame(text));
    await using upstream = await serve({
      handle: () => Promise.resolve({ status: 200, headers: [eventStream], body }),
    });
    const caller = ways[0]!.connect(upstream.url);
    await using recording = recordClient(caller.client, { maxBytes: 300_000 }, () => spool({ folder }));
    const received: string[] = [];
    for await (const text of (await caller.call()).events) received.push(text);
    await recording.stop();
    caller.client.destroy();
    expect(received).toEqual(texts);
    expect(recording.exchanges[0]!.end).toMatchObject({ how: "limit", bytes: 300_000 });
  });
});
