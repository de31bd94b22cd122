import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Exchange } from "@eventstream-kit/cassette";
import { exchangeChunks, formatCassette, itemLine, parseCassette, replay } from "@eventstream-kit/cassette";
import { loadCassette, saveCassette } from "@eventstream-kit/cassette/node";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, cut, hexOf, utf8 } from "./support/bytes.ts";
import { cassetteOf, play, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame, spoilt } from "./support/frames.ts";
import { randomFrom, randomStream } from "./support/random-stream.ts";
import { schemaProblems } from "./support/schema.ts";

/** Chunks as they would be compared by eye. */
const shown = (chunks: readonly Uint8Array[]) => chunks.map(hexOf);

async function replayed(exchange: Exchange): Promise<readonly Uint8Array[]> {
  const cassette = parseCassette(formatCassette(cassetteOf([exchange])));
  return (await play(await replay(cassette).handle(requestOf()))).chunks;
}

/** Files of a hundred streams: ten thousand streams with EVENTSTREAM_LONG=1 (`npm run test:long`). */
const files = process.env["EVENTSTREAM_LONG"] === "1" ? 100 : 10;

test("record case 3: random streams, recorded, saved, loaded and replayed, are the same in every chunk", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cassette-"));
  try {
    const random = randomFrom(20_230_407);
    const differing: string[] = [];
    for (let file = 0; file < files; file++) {
      const streams = Array.from({ length: 100 }, () => randomStream(random));
      const exchanges = streams.map((chunks, index) =>
        recorded(chunks, { request: requestOf({ target: `/stream/${String(index)}` }) }),
      );
      const path = join(folder, `${String(file)}.cassette.jsonl`);
      await saveCassette(path, cassetteOf(exchanges), { secrets: [] });
      const service = replay(await loadCassette(path));
      for (const [index, chunks] of streams.entries()) {
        const played = await play(await service.handle(requestOf({ target: `/stream/${String(index)}` })));
        if (!sameChunks(played.chunks, chunks))
          differing.push(`${String(file)}/${String(index)}: ${shown(chunks).join()}`);
      }
      expect(service.usage().map(({ played }) => played)).toEqual(streams.map(() => 1));
    }
    expect(differing).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);

/** Thousands of comparisons by `expect` would take longer than the rest of the test. */
function sameChunks(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((chunk, index) => Buffer.compare(chunk, b[index]!) === 0);
}

test("any bytes, in any chunks", async () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 8 }), async (chunks) => {
      expect(shown(await replayed(recorded(chunks)))).toEqual(shown(chunks));
    }),
    { numRuns: 300 },
  );
});

test("frames with one byte changed, in any chunks", async () => {
  const stream = concat(chunkFrame("Hel"), chunkFrame("lo"), completeFrame());
  const place = fc.nat(stream.length - 1);
  await fc.assert(
    fc.asyncProperty(place, fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 9 }), async (at, sizes) => {
      const chunks = cut(spoilt(stream, at), sizes).filter((chunk) => chunk.length > 0);
      expect(shown(await replayed(recorded(chunks)))).toEqual(shown(chunks));
    }),
    { numRuns: 300 },
  );
});

test("six writes that know nothing of frames", async () => {
  const stream = concat(
    chunkFrame("Hello, "),
    chunkFrame(Uint8Array.of(0xff, 0xfe, 0x00)),
    chunkFrame("x".repeat(34)),
    completeFrame(),
  );
  const sizes = [5, 110, 109, 20, 194, 4];
  const bytes = stream.subarray(0, 442);
  const exchange = recorded(cut(bytes, sizes));
  expect(exchange.end.bytes).toBe(442);
  const chunks = await replayed(exchange);
  expect(chunks.map((chunk) => chunk.length)).toEqual(sizes);
  expect(hexOf(concat(...chunks))).toBe(hexOf(bytes));
});

describe("record case 4: a payload is json only if it is the same bytes after the round trip", () => {
  const traps: [payload: string, notation: string][] = [
    ['{"a": 1.0}', "text"],
    ['{"a":1.0}', "text"],
    ['{"10":1,"2":2}', "text"],
    ['{"a":1,"a":2}', "text"],
    ["9007199254740993", "text"],
    ["-0", "text"],
    ["1e400", "text"],
    ["1E2", "text"],
    ['"\\u0041"', "text"],
    ['"\\/"', "text"],
    ['{"a":1}\n', "text"],
    ["\u{feff}{}", "text"],
    ["not JSON", "text"],
    ['{"$b64json":{}}', "text"],
    ['{"a":1}', "json"],
    ["0", "json"],
    ["null", "json"],
    ['"\\ud800"', "json"],
    ['{"__proto__":1}', "json"],
    ['{"2":1,"10":2}', "json"],
    ["", "nothing"],
  ];
  test.each(traps)("%j is %s", async (payload, notation) => {
    const exchange = recorded([chunkFrame(payload)]);
    const members = JSON.parse(itemLine(exchange.items[0]!)) as object;
    const found = ["json", "text", "b64"].filter((member) => member in members);
    expect(found.join(" and ") || "nothing").toBe(notation);
    expect(shown(await replayed(exchange))).toEqual([hexOf(chunkFrame(payload))]);
  });

  test.each(traps)("%j as the body of a request is %s", (payload, notation) => {
    const exchange = recorded([], { request: requestOf({ body: payload }) });
    const text = formatCassette(cassetteOf([exchange]));
    expect(schemaProblems(text)).toEqual([]);
    const members = JSON.parse(text.split("\n")[1]!) as object;
    expect(["json", "text", "b64"].filter((member) => member in members).join() || "nothing").toBe(notation);
    expect(parseCassette(text).exchanges[0]!.request.body).toEqual(utf8(payload));
  });

  test("bytes that are no UTF-8 are base64", async () => {
    const frame = chunkFrame(Uint8Array.of(0x7b, 0xff, 0x7d));
    const exchange = recorded([frame]);
    expect(itemLine(exchange.items[0]!)).toContain('"b64":"e/99"');
    expect(shown(await replayed(exchange))).toEqual([hexOf(frame)]);
  });
});

test("without timing, an item is a chunk", () => {
  const frames = [chunkFrame("Hel"), chunkFrame("lo")];
  const { timing, ...exchange } = recorded([concat(...frames)]);
  expect(timing?.chunks).toHaveLength(1);
  expect(shown(exchangeChunks(exchange))).toEqual(shown(frames));
});
