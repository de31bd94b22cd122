/**
 * What `eventStreamResponse<Output>` takes and refuses, seen by the type checker: each `@ts-expect-error` is one
 * mistake that an editor underlines. What can only be wrong at run time is in event-stream-response.test.ts.
 */
import type { ConverseStreamOutput, InvokeModelWithResponseStreamCommandOutput } from "@aws-sdk/client-bedrock-runtime";
import { ThrottlingException } from "@aws-sdk/client-bedrock-runtime";
import type { InvokeWithResponseStreamResponseEvent } from "@aws-sdk/client-lambda";
import type { EventOf, EventStreamItem } from "@eventstream-kit/mock-handlers";
import { event, eventStreamResponse, exception, fault, reset, wait } from "@eventstream-kit/mock-handlers";
import { expect, expectTypeOf, test } from "vitest";

/** The union that a command's output streams, taken from the command: it need not be looked up. */
type Chunk = NonNullable<InvokeModelWithResponseStreamCommandOutput["body"]> extends AsyncIterable<infer E> ? E : never;

test("events of the SDK's union, steps, faults and bytes are items", () => {
  const response = eventStreamResponse<ConverseStreamOutput>([
    { messageStart: { role: "assistant" } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "Hel" } } },
    wait(5),
    { throttlingException: { message: "Slow down" } },
    { throttlingException: new ThrottlingException({ message: "Slow down", $metadata: {} }) },
    fault("reset"),
    reset(),
    event("messageStop", { json: { stopReason: "end_turn" } }),
    exception("modelStreamErrorException", { message: "No", originalStatusCode: 500 }),
  ]);
  expect(response.status).toBe(200);
  eventStreamResponse<Chunk>([{ chunk: { bytes: new Uint8Array(1) } }]);
  eventStreamResponse<InvokeWithResponseStreamResponseEvent>([
    { PayloadChunk: { Payload: new Uint8Array(1) } },
    { InvokeComplete: {} },
  ]);
  eventStreamResponse([{ anything: { at: "all" } }]);
});

async function* greeting() {
  yield { messageStart: { role: "assistant" } } as const;
  yield wait(1);
}

test("iterables and functions that make them are items too", () => {
  const responses = [
    eventStreamResponse<ConverseStreamOutput>(greeting),
    eventStreamResponse<ConverseStreamOutput>(greeting()),
    eventStreamResponse<ConverseStreamOutput>(new Set<EventStreamItem<ConverseStreamOutput>>()),
    // A generator in place is checked against the union as well.
    eventStreamResponse<ConverseStreamOutput>(function* () {
      yield { messageStop: { stopReason: "end_turn" } };
    }),
    // @ts-expect-error -- the generator yields an event that the union does not have
    eventStreamResponse<ConverseStreamOutput>(function* () {
      yield { messageEnd: { stopReason: "end_turn" } };
    }),
  ];
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
});

test("what the union does not have is refused", () => {
  type Item = EventStreamItem<ConverseStreamOutput>;
  // @ts-expect-error -- a misspelt event
  const misspelt: Item = { contentBlockDelt: { contentBlockIndex: 0, delta: { text: "x" } } };
  // @ts-expect-error -- a misspelt member of an event
  const member: Item = { contentBlockDelta: { contentBlockIndex: 0, delta: { txt: "x" } } };
  // @ts-expect-error -- a member of the wrong type
  const type: Item = { contentBlockStop: { contentBlockIndex: "0" } };
  // @ts-expect-error -- a member that is required
  const missing: Item = { messageStop: {} };
  // @ts-expect-error -- two events in one item
  const two: Item = { messageStart: { role: "assistant" }, messageStop: { stopReason: "end_turn" } };
  // @ts-expect-error -- the SDK's stand-in for events it does not know
  const unknown: Item = { $unknown: ["x", {}] };
  // @ts-expect-error -- an exception without a message
  const silent: Item = { throttlingException: {} };
  // @ts-expect-error -- text where a blob belongs
  const text: EventStreamItem<InvokeWithResponseStreamResponseEvent> = { PayloadChunk: { Payload: "Hello" } };
  // @ts-expect-error -- Lambda's union has no exceptions
  const foreign: EventStreamItem<InvokeWithResponseStreamResponseEvent> = { ServiceException: { message: "x" } };
  // @ts-expect-error -- an event's name alone
  const name: EventStreamItem = "messageStart";
  expect([misspelt, member, type, missing, two, unknown, silent, text, foreign, name]).toHaveLength(10);
});

test("editors complete the names of the union", () => {
  type Names<T> = T extends unknown ? keyof T : never;
  expectTypeOf<Names<EventOf<InvokeWithResponseStreamResponseEvent>>>().toEqualTypeOf<
    "PayloadChunk" | "InvokeComplete"
  >();
  expectTypeOf<
    Exclude<"contentBlockDelta" | "throttlingException", Names<EventOf<ConverseStreamOutput>>>
  >().toBeNever();
});
