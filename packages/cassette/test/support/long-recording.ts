/**
 * Records and saves a stream of 200 MB and prints by how much memory grew: `npm run memory -w @eventstream-kit/cassette`.
 * Not part of the tests, for it takes a while. The heap is kept small, so that what grows is what is held and not what
 * nobody has swept up yet.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createRecorder } from "@eventstream-kit/cassette";
import { saveCassette, spool } from "@eventstream-kit/cassette/node";
import { encodeEvent } from "@eventstream-kit/codec";

const wanted = 200_000_000;
const frameBytes = Number(process.argv[2] ?? 32_768);
const text = "All work and no play makes Jack a dull boy. ".repeat(Math.ceil(frameBytes / 44)).slice(0, frameBytes);
const frame = encodeEvent({ event: "PayloadChunk", text });

const rss = () => process.memoryUsage.rss() / 1e6;

const folder = await mkdtemp(join(tmpdir(), "long-recording-"));
try {
  const recorder = createRecorder({ sha256: () => createHash("sha256") }, spool);
  const recording = recorder.start({ method: "POST", target: "/", headers: [], body: new Uint8Array() });
  recording.head({ status: 200, headers: [["content-type", "application/vnd.amazon.eventstream"]] });
  const before = rss();
  let highest = before;
  const note = () => (highest = Math.max(highest, rss()));
  const started = performance.now();
  for (let told = 0; told < wanted; told += frame.length) {
    recording.chunk(frame);
    note();
  }
  const exchange = recording.end();
  const recorded = performance.now();
  console.log(
    `recorded ${(exchange.end.bytes / 1e6).toFixed(0)} MB in ${(recorded - started).toFixed(0)} ms: RSS +${(highest - before).toFixed(0)} MB`,
  );

  const timer = setInterval(note, 5);
  const path = join(folder, "long.cassette.jsonl");
  const secrets = ["AKIDRECORDEREXAMPLE1", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"];
  const header = { eventstream: 1, origin: "recorded" } as const;
  const { bytes } = await saveCassette(path, { header, exchanges: [exchange] }, { secrets, large: true });
  clearInterval(timer);
  exchange.discard!();
  console.log(
    `saved ${(bytes / 1e6).toFixed(0)} MB in ${(performance.now() - recorded).toFixed(0)} ms: RSS +${(highest - before).toFixed(0)} MB`,
  );
} finally {
  await rm(folder, { recursive: true });
}
