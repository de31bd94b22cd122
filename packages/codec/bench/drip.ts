import { encodeMessage, MessageDecoder } from "@eventstream-kit/codec";
import process from "node:process";
import { median } from "./contest.ts";
import { smithy } from "./smithy.ts";
import { smithyStream } from "./stream-contests.ts";

/** One message of so many MB, in Buffers of 1 KB. */
function chunksOf(megabytes: number): Uint8Array[] {
  const bytes = Buffer.from(encodeMessage({ payload: new Uint8Array(megabytes * 1024 * 1024) }));
  return Array.from({ length: Math.ceil(bytes.length / 1024) }, (_, i) => bytes.subarray(i * 1024, (i + 1) * 1024));
}

/** On the processor, for one time of so many: the system counts the time of a thread in steps of a few milliseconds. */
async function microseconds(times: number, run: () => number | Promise<number>): Promise<number> {
  const started = process.threadCpuUsage();
  for (let time = 0; time < times; time++) if ((await run()) !== 1) throw new Error("Expected one message");
  const { user, system } = process.threadCpuUsage(started);
  return (user + system) / times;
}

/** Of 16 MB and of 4 MB, for about as much work. */
async function ratio(run: (megabytes: 4 | 16) => number | Promise<number>): Promise<number> {
  return (await microseconds(10, () => run(16))) / (await microseconds(40, () => run(4)));
}

function ours(chunks: readonly Uint8Array[]): number {
  let count = 0;
  const decoder = new MessageDecoder();
  for (const chunk of chunks) for (const { payload } of decoder.push(chunk)) count += payload.length > 0 ? 1 : 0;
  decoder.finish();
  return count;
}

async function theirs(chunks: readonly Uint8Array[]): Promise<number> {
  let count = 0;
  for await (const { body } of smithyStream(chunks, smithy)) count += body.length > 0 ? 1 : 0;
  return count;
}

/** How much longer a message of 16 MB takes than one of 4 MB: four times as long when the cost is linear. */
export async function dripTimes(): Promise<{ readonly ours: number; readonly smithy: number }> {
  const chunks = { 4: chunksOf(4), 16: chunksOf(16) };
  const rounds: { readonly ours: number; readonly smithy: number }[] = [];
  for (let round = 0; round < 8; round++) {
    rounds.push({
      ours: await ratio((megabytes) => ours(chunks[megabytes])),
      smithy: await ratio((megabytes) => theirs(chunks[megabytes])),
    });
  }
  // The first one warms up.
  const warm = rounds.slice(1);
  return { ours: median(warm.map((round) => round.ours)), smithy: median(warm.map((round) => round.smithy)) };
}
