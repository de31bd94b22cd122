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

/** On the processor. */
async function microseconds(run: () => number | Promise<number>): Promise<number> {
  const started = process.threadCpuUsage();
  if ((await run()) !== 1) throw new Error("Expected one message");
  const { user, system } = process.threadCpuUsage(started);
  return user + system;
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
  const [small, large] = [chunksOf(4), chunksOf(16)];
  const rounds: { readonly ours: number; readonly smithy: number }[] = [];
  for (let round = 0; round < 12; round++) {
    rounds.push({
      ours: (await microseconds(() => ours(large))) / (await microseconds(() => ours(small))),
      smithy: (await microseconds(() => theirs(large))) / (await microseconds(() => theirs(small))),
    });
  }
  // The first ones warm up.
  const warm = rounds.slice(3);
  return { ours: median(warm.map((round) => round.ours)), smithy: median(warm.map((round) => round.smithy)) };
}
