import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { loadCassette } from "@eventstream-kit/cassette/node";
import { encodeEvent } from "@eventstream-kit/codec";
import { expect, test, vi } from "vitest";
import type { RecordingMessage } from "../src/recording-messages.ts";
import { RecordingThread, type RemoteRecording } from "../src/recording-thread.ts";
import { tempDir } from "./eventstream.ts";

const call = { op: "lambda:InvokeWithResponseStream", subject: "report" };
const file = "invoke-with-response-stream-report.cassette.jsonl";
const request = { method: "POST", target: "/", headers: [], body: new Uint8Array() };

function threadFor(out: string, redactRegex?: readonly string[]): RecordingThread {
  const redaction = { redact: true, ...(redactRegex ? { redactRegex } : {}) };
  return new RecordingThread({ out, keep: false, large: true, redaction }, () => []);
}

function begin(recording: RemoteRecording): void {
  recording.start({ at: 0, meta: {}, request });
  const headers = [["content-type", "application/vnd.amazon.eventstream"]] as const;
  recording.head({ at: 1, status: 200, headers });
}

test("Chunks of any size are recorded as they were, whoever overwrites them afterwards", async () => {
  const out = tempDir();
  await using thread = threadFor(out);
  const recording = thread.open(call);
  begin(recording);
  const body = Buffer.concat(
    Array.from({ length: 40 }, (_, index) => encodeEvent({ event: "PayloadChunk", text: `${index} `.repeat(10_000) })),
  );
  const sizes = [1, 100, 70_000, 262_144, 262_145, body.length];
  const at: number[] = [];
  for (let from = 0, index = 0; from < body.length; index++) {
    const bytes = Uint8Array.from(body.subarray(from, from + sizes[index % sizes.length]!));
    await recording.chunk({ bytes, at: 2 + index, paused: index === 1 });
    bytes.fill(0);
    from += bytes.length;
    at.push(2 + index);
  }
  const outcome = await recording.end("eof", { http: "1.1" });
  expect(outcome).toMatchObject({ exchange: { status: 200, how: "eof", frames: 40, items: 40, bytes: body.length } });
  expect(outcome.failure).toBeUndefined();
  const { exchanges } = await loadCassette(join(out, file));
  expect(exchanges[0]!.timing!.chunks.map(({ paused }) => paused ?? false)).toEqual(at.map((_, index) => index === 1));
  expect((await thread.close(0)).files).toMatchObject([{ exchanges: 1 }]);
});

test.for([65_536, 1])(
  "Who is far ahead of the recording in chunks of %i is asked to wait, and not for ever",
  async (size) => {
    await using thread = threadFor(tempDir());
    const recording = thread.open(call);
    begin(recording);
    const bytes = new Uint8Array(size);
    let behind: Promise<void> | undefined;
    // No turn of the loop in between, so that nothing is taken: the limit is what stops it.
    let taken = 0;
    for (; !behind && taken < 64 * 1_048_576; taken += size + 32) {
      behind = recording.chunk({ bytes, at: 2, paused: false });
    }
    expect(taken).toBeLessThanOrEqual(5 * 1_048_576);
    await behind;
  },
);

test("Memory that chunks were sent in is given back when no call is open", async () => {
  const posted = vi.spyOn(Worker.prototype, "postMessage");
  await using thread = threadFor(tempDir());
  const recording = thread.open(call);
  begin(recording);
  const frame = encodeEvent({ event: "PayloadChunk", text: "x".repeat(100_000) });
  for (let index = 0; index < 100; index++) await recording.chunk({ bytes: frame, at: 2, paused: false });
  const [worker] = posted.mock.contexts as [Worker];
  posted.mockRestore();
  const blocks: ArrayBuffer[] = [];
  worker.on("message", (message: RecordingMessage) => {
    if (message.kind === "taken") blocks.push(message.block);
  });
  expect(await recording.end("eof", {})).toMatchObject({ exchange: { frames: 100 } });
  expect(blocks.length).toBeGreaterThan(0);
  expect(blocks.filter(({ byteLength }) => byteLength >= 1_048_576)).toEqual([]);
});

test("What is dropped, or open at the end, leaves nothing; its end is told why", async () => {
  const out = tempDir();
  await using thread = threadFor(out);
  const [dropped, open] = [thread.open(call), thread.open(call)];
  for (const recording of [dropped, open]) begin(recording);
  dropped.drop();
  expect(await thread.close(0)).toEqual({ files: [], failures: [] });
  expect(await open.end("eof", {})).toMatchObject({ failure: { code: "write_failed" } });
  expect(readdirSync(out)).toEqual([]);
});

test("A thread that has died is what became of its calls, and nobody waits for it", async () => {
  await using thread = threadFor(tempDir(), ["("]);
  const recording = thread.open(call);
  begin(recording);
  const { exchange, failure } = await recording.end("eof", {});
  expect(exchange).toBeUndefined();
  expect(failure).toMatchObject({ code: "write_failed", message: expect.stringContaining("Recording has stopped") });
  expect(await thread.open(call).end("eof", {})).toEqual({ failure });
  expect(await thread.close(1000)).toEqual({ files: [], failures: [failure] });
});
