import { decodeEvents, encodeEvent } from "@eventstream-kit/codec";
import type { LambdaEvent, LambdaStreamSource } from "@eventstream-kit/codec/lambda";
import { concat, utf8 } from "./bytes.ts";

export const chunk = (text: string) => encodeEvent({ event: "PayloadChunk", payload: utf8(text) });
export const complete = (json: object = {}) => encodeEvent({ event: "InvokeComplete", json });
export const log = (text: string) => ({ LogResult: btoa(text) });

export const eventStream = { headers: { "content-type": "application/vnd.amazon.eventstream" } };

/** The events of these frames as the SDK has them. */
export async function* sdkEvents(frames: readonly Uint8Array[]): AsyncGenerator<LambdaEvent> {
  for await (const event of decodeEvents(frames)) {
    if (event.name === "PayloadChunk") yield { PayloadChunk: { Payload: event.payload } };
    else if (event.name === "InvokeComplete") yield { InvokeComplete: event.json<object>() };
    else yield { $unknown: [event.name, {}] } as LambdaEvent;
  }
}

/** All a Lambda stream can be read from. */
export const lambdaSources: readonly (readonly [
  kind: string,
  make: (frames: readonly Uint8Array[]) => LambdaStreamSource,
])[] = [
  ["a Response", (frames) => new Response(new Blob(frames.map((frame) => new Uint8Array(frame))), eventStream)],
  ["bytes", (frames) => concat(...frames)],
  ["chunks", (frames) => [...concat(...frames)].map((byte) => Uint8Array.of(byte))],
  ["the SDK's output", (frames) => ({ StatusCode: 200, EventStream: sdkEvents(frames) })],
  ["the SDK's EventStream", sdkEvents],
];
