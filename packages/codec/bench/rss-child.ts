/** Decodes 1 GB and writes how many MB the process had at its peak. Chunks are allocated as a socket allocates them. */
import { decodeStream, encodeMessage, MessageDecoder } from "@eventstream-kit/codec";
import fs from "node:fs";
import process from "node:process";
import { smithy } from "./smithy.ts";
import { asyncSource, smithyStream } from "./stream-contests.ts";

const [side, frames, chunkBytes] = process.argv.slice(2);
const payloadBytes = { token: 120, "16 KB": 16 * 1024, "1 MB": 1024 * 1024 }[frames!] ?? 0;
const headers = { ":event-type": "chunk", ":content-type": "application/json", ":message-type": "event" };
const frame = encodeMessage({ headers, payload: new Uint8Array(payloadBytes) });
const step = Number(chunkBytes);
const total = 1_000_000_000;

/** The frame again and again, in fresh chunks. */
function* chunks(): Generator<Uint8Array> {
  let at = 0;
  for (let length = 0; length < total; length += step) {
    const chunk = Buffer.allocUnsafeSlow(step);
    for (let filled = 0; filled < step;) {
      const count = Math.min(frame.length - at, step - filled);
      chunk.set(frame.subarray(at, at + count), filled);
      filled += count;
      at = (at + count) % frame.length;
    }
    yield chunk;
  }
  yield frame.subarray(at || frame.length);
}

const read: Readonly<Record<string, () => number | Promise<number>>> = {
  nothing: () => sum(chunks(), () => 1),
  push: () => pushed("copy"),
  "push-view": () => pushed("view"),
  await: () => awaited(decodeStream(asyncSource(chunks())), ({ payload }) => payload.length),
  smithy: () => awaited(smithyStream(chunks(), smithy), ({ body }) => body.length),
};

function pushed(payload: "copy" | "view"): number {
  const decoder = new MessageDecoder({ payload });
  return sum(chunks(), (chunk) => sum(decoder.push(chunk), (message) => message.payload.length));
}

function sum<T>(items: Iterable<T>, weight: (item: T) => number): number {
  let result = 0;
  for (const item of items) result += weight(item);
  return result;
}

async function awaited<T>(items: AsyncIterable<T>, weight: (item: T) => number): Promise<number> {
  let result = 0;
  for await (const item of items) result += weight(item);
  return result;
}

/** Of this process alone: on Linux, `maxRSS` begins at what the process had that started this one. */
function peakKilobytes(): number {
  const status = fs.existsSync("/proc/self/status") ? fs.readFileSync("/proc/self/status", "utf8") : "";
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
}

if ((await read[side!]!()) === 0) throw new Error("Nothing was read");
console.log(peakKilobytes() / 1024);
