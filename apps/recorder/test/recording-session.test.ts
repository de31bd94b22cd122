import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  createRecorder,
  endOf,
  parseCassette,
  type Exchange,
  type Item,
  type LongExchange,
} from "@eventstream-kit/cassette";
import { loadCassette, spool } from "@eventstream-kit/cassette/node";
import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { RecordingSession } from "../src/recording-session.ts";
import { tempDir } from "./eventstream.ts";

const call = { op: "lambda:InvokeWithResponseStream", subject: "report" };
const file = "invoke-with-response-stream-report.cassette.jsonl";

/** An exchange whose body is the texts, one item each. */
function exchange(texts: string | readonly string[], how: Exchange["end"]["how"] = "eof"): Exchange {
  const items = [texts].flat().map((text): Item => {
    return { kind: "raw", why: "not_event_stream", bytes: Buffer.from(text) };
  });
  return {
    request: { method: "POST", path: "/", headers: [], body: new Uint8Array() },
    response: { status: 200, headers: [] },
    items,
    end: endOf(items, how),
  };
}

function session(out: string, secrets: readonly string[] = []): RecordingSession {
  return new RecordingSession({ out, keep: false, secrets: () => secrets });
}

function bodies(path: string): string[] {
  const { exchanges } = parseCassette(readFileSync(path, "utf8"));
  return exchanges.map(({ items }) =>
    items.map((item) => (item.kind === "raw" ? String(Buffer.from(item.bytes)) : "")).join(""),
  );
}

test("Calls that overlap are stored in the order of their requests, however they end", async () => {
  const out = tempDir();
  const recording = session(out);
  const [first, second, third] = [recording.open(call), recording.open(call), recording.open(call)];
  void third.done(exchange("third"));
  void first.done(exchange("first"));
  second.dropped();
  await recording.close();
  expect(bodies(join(out, file))).toEqual(["first", "third"]);
  const { size: bytes } = statSync(join(out, file));
  expect(recording.summary()).toEqual([{ path: join(out, file), change: "new", exchanges: 2, bytes, files: 0 }]);
});

/** Of frames of 1 MiB, held by a spool. */
function spooled(frames: number): { exchange: LongExchange; discarded: () => boolean } {
  const store = spool();
  const recording = createRecorder({}, () => store).start({
    method: "POST",
    target: "/",
    headers: [],
    body: new Uint8Array(),
  });
  recording.head({ status: 200, headers: [["content-type", "application/vnd.amazon.eventstream"]] });
  for (let index = 0; index < frames; index++) {
    recording.chunk(encodeEvent({ event: "PayloadChunk", text: String(index).padEnd(1_048_576) }));
  }
  const discarded = () => {
    try {
      return [...store].length < 0;
    } catch {
      return true;
    }
  };
  return { exchange: recording.end(), discarded };
}

describe("Long recordings", () => {
  test("have their payloads beside the file, and nothing holds them afterwards", async () => {
    const out = tempDir();
    const recording = session(out);
    const { exchange: long, discarded } = spooled(3);
    expect(discarded()).toBe(false);
    expect(await recording.open(call).done(long)).toBeUndefined();
    expect(discarded()).toBe(true);
    expect(readdirSync(out).toSorted()).toEqual([file, `${file}.d`]);
    const { exchanges } = await loadCassette(join(out, file));
    expect(exchanges[0]!.end).toEqual(long.end);
    const bytes = statSync(join(out, file)).size + 3 * 1_048_576;
    expect(recording.summary()).toEqual([{ path: join(out, file), change: "new", exchanges: 1, bytes, files: 3 }]);
  });

  test("of more than 10 MiB are refused with what allows them, and with it are not", async () => {
    const out = tempDir();
    const { exchange: long, discarded } = spooled(11);
    const failure = await session(out).open(call).done(long);
    expect(failure).toMatchObject({
      code: "write_failed",
      message: expect.stringContaining("10485760"),
      hint: "Say --large to write it all the same",
    });
    expect(discarded()).toBe(true);
    expect(readdirSync(out)).toEqual([]);

    const allowing = new RecordingSession({ out, keep: false, secrets: () => [], large: true });
    expect(await allowing.open(call).done(spooled(11).exchange)).toBeUndefined();
    expect((await loadCassette(join(out, file))).exchanges).toHaveLength(1);
  });
});

test("Calls that end while a file is being written go together, and none is lost", async () => {
  const out = tempDir();
  const recording = session(out);
  const calls = Array.from({ length: 100 }, () => recording.open(call));
  for (const [index, one] of calls.entries()) {
    void one.done(exchange(`${index}`));
    if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await recording.close();
  expect(bodies(join(out, file))).toEqual(calls.map((_, index) => `${index}`));
});

test("One recording with a secret costs only itself", async () => {
  const out = tempDir();
  const recording = session(out, ["wJalrXUtnFEMI/K7MDENG"]);
  // Whole, and cut in two by a frame boundary.
  const texts = ["before", "wJalrXUtnFEMI/K7MDENG", ["wJalrXUtn", "FEMI/K7MDENG"], "after"];
  const stored = texts.map((text) => recording.open(call).done(exchange(text)));
  await recording.close();
  expect((await Promise.all(stored)).map((failure) => failure?.code)).toEqual([
    undefined,
    "secret_found",
    "secret_found",
    undefined,
  ]);
  expect(bodies(join(out, file))).toEqual(["before", "after"]);
  expect(recording.failures.map(({ code }) => code)).toEqual(["secret_found", "secret_found"]);
});

test("What a client left early is a partial file beside the others; what is still open at the end is left out", async () => {
  const out = tempDir();
  const recording = session(out);
  void recording.open(call).done(exchange("part", "client-abort"));
  void recording.open(call).done(exchange("whole"));
  const late = recording.open(call);
  await recording.close();
  expect(await late.done(exchange("late"))).toMatchObject({ code: "write_failed" });
  expect(readdirSync(out).sort()).toEqual([file, `${file}.partial`]);
  expect(bodies(join(out, file))).toEqual(["whole"]);
  expect(bodies(join(out, `${file}.partial`))).toEqual(["part"]);
});

test.each([false, true])(
  "What was left early before is replaced, or goes when nothing is any more (kept: %s)",
  async (keep) => {
    const out = tempDir();
    const again = () => new RecordingSession({ out, keep, secrets: () => [], large: true });
    const long = { ...spooled(1).exchange };
    const first = again();
    void first.open(call).done({ ...long, end: { ...long.end, how: "client-abort" } });
    await first.close();
    expect(readdirSync(out).sort()).toEqual([`${file}.partial`, `${file}.partial.d`]);

    const second = again();
    void second.open(call).done(exchange("part", "client-abort"));
    void second.open(call).done(exchange("whole"));
    await second.close();
    expect(bodies(join(out, `${file}.partial`))).toEqual(["part"]);

    // Nothing was recorded of this file, so nothing has taken the place of what is there.
    await again().close();
    expect(readdirSync(out).sort()).toEqual([file, `${file}.partial`]);

    const last = again();
    void last.open(call).done(exchange("again"));
    await last.close();
    expect(readdirSync(out)).toEqual([file]);
    expect(bodies(join(out, file))).toEqual(keep ? ["whole", "again"] : ["again"]);
  },
);

test("What was left early before stays when the new one may not be written", async () => {
  const out = tempDir();
  const first = session(out);
  void first.open(call).done(exchange("part", "client-abort"));
  await first.close();
  const second = session(out, ["a-secret-of-mine"]);
  void second.open(call).done(exchange("a-secret-of-mine", "client-abort"));
  void second.open(call).done(exchange("whole"));
  await second.close();
  expect(second.failures).toMatchObject([{ code: "secret_found" }]);
  expect(bodies(join(out, `${file}.partial`))).toEqual(["part"]);
});

test("A file that cannot be written is a failure, not a crash", async () => {
  const recording = session(join(import.meta.filename, "not-a-folder"));
  const stored = recording.open(call).done(exchange("text"));
  await recording.close();
  expect(recording.failures).toEqual([await stored]);
  expect(recording.failures).toMatchObject([{ code: "write_failed" }]);
  expect(recording.summary()).toEqual([]);
});
