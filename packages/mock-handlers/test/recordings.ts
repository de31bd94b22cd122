import type { Cassette, CassetteHeader } from "@eventstream-kit/cassette";
import { createRecorder } from "@eventstream-kit/cassette";
import type { HeaderLine } from "@eventstream-kit/service";
import { event } from "@eventstream-kit/mock-handlers";

const header: CassetteHeader = { eventstream: 1, op: "lambda:InvokeWithResponseStream", origin: "synthetic" };

export const text = (payload: string) => event("PayloadChunk", { payload: new TextEncoder().encode(payload) });
export const complete = event("InvokeComplete", { json: {} });

/** A recording of a function: chunk by chunk, 100 ms apart. */
export function recorded(
  name: string,
  chunks: readonly Uint8Array[],
  headers: readonly HeaderLine[] = [],
  apart = 100,
): Cassette {
  let now = 0;
  const recording = createRecorder({ now: () => now }).start({
    method: "POST",
    target: `/2021-11-15/functions/${name}/response-streaming-invocations`,
    headers: [["host", "lambda.us-east-1.amazonaws.com"]],
    body: new Uint8Array(),
  });
  recording.head({ status: 200, headers: [["Content-Type", "application/vnd.amazon.eventstream"], ...headers] });
  for (const chunk of chunks) {
    now += apart;
    recording.chunk(chunk);
  }
  return { header, exchanges: [recording.end()] };
}
