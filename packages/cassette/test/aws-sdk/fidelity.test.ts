/** What a caller sees of a call: as it is, recorded, and replayed from the text of the recording. */
import { encodeException } from "@eventstream-kit/codec";
import { formatCassette, parseCassette } from "@eventstream-kit/cassette";
import { recordClient, replayClient } from "@eventstream-kit/cassette/aws-sdk";
import type { HeaderLine, Service, Step } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { cut, utf8 } from "../support/bytes.ts";
import { eventStream } from "../support/exchanges.ts";
import { spoilt } from "../support/frames.ts";
import { ways, type Way } from "./clients.ts";
import { outcomeOf } from "./outcome.ts";

interface Scenario {
  readonly name: string;
  readonly status?: number;
  readonly headers?: readonly HeaderLine[];
  readonly body: (way: Way) => readonly Step[];
  /** Aborts after so many events. */
  readonly abortAfter?: number;
  readonly how?: string;
}

const reset: Step = { kind: "reset" };
const never: Step = { kind: "wait", ms: 2 ** 31 - 1 };

const scenarios: readonly Scenario[] = [
  { name: "a whole stream", body: ({ frame }) => [frame("a"), frame("b"), frame("c")] },
  { name: "chunks that are no frames", body: ({ frame }) => cut(frame("a long word"), [3, 40, 1]) },
  { name: "nothing", body: () => [] },
  { name: "a frame cut off", body: ({ frame }) => [frame("a"), frame("b").subarray(0, 20)] },
  { name: "a wrong checksum", body: ({ frame }) => [frame("a"), spoilt(frame("b"), -1)] },
  {
    name: "an exception",
    body: ({ frame }) => [frame("a"), encodeException({ exception: "ThrottlingException", json: { message: "Slow" } })],
  },
  { name: "a reset before the first frame", body: () => [reset], how: "reset" },
  { name: "a reset between frames", body: ({ frame }) => [frame("a"), reset], how: "reset" },
  { name: "a reset in a frame", body: ({ frame }) => [frame("a"), frame("b").subarray(0, 9), reset], how: "reset" },
  {
    name: "a service error",
    status: 400,
    headers: [
      ["content-type", "application/json"],
      ["x-amzn-errortype", "ValidationException"],
      ["x-amzn-requestid", "6cb4a8ce-0e41-4d75-b7b9-9d35ac74b8a5"],
    ],
    body: () => [utf8('{"message":"No such thing"}')],
  },
  {
    name: "an error that is no JSON",
    status: 500,
    headers: [["content-type", "text/html"]],
    body: () => [utf8("<h1>Oops</h1>")],
  },
  { name: "an abort", body: ({ frame }) => [frame("a"), frame("b"), never], abortAfter: 2, how: "client-abort" },
];

function serviceOf({ status = 200, headers = [eventStream], body }: Scenario, way: Way): Service {
  return { handle: () => Promise.resolve({ status, headers, body: body(way) }) };
}

describe.each(ways)("$name: the same live, recorded and replayed", (way) => {
  // An abort over fetch can get lost in undici's garbage collection.
  const shown = scenarios.filter(({ abortAfter }) => way.transport !== "fetch" || abortAfter === undefined);

  test.each(shown)("$name", async (scenario) => {
    await using server = await serve(serviceOf(scenario, way));
    const streaming = way.connect(server.url);
    onTestFinished(() => streaming.client.destroy());
    const outcome = () => {
      const { abortAfter } = scenario;
      if (abortAfter === undefined) return outcomeOf(streaming);
      const abort = new AbortController();
      return outcomeOf(streaming, { signal: abort.signal, onEvent: (n) => n === abortAfter && abort.abort() });
    };
    const live = await outcome();

    const recording = recordClient(streaming.client);
    expect(await outcome()).toEqual(live);
    await recording.stop();
    const { exchanges, partial } = recording;
    const { how = "eof" } = scenario;
    const kept = how === "client-abort" ? partial : exchanges;
    expect([...exchanges, ...partial].map(({ end }) => end.how)).toEqual([how]);

    const { header } = recording.cassette();
    expect(header.op).toBe(way.op);
    const cassette = parseCassette(formatCassette({ header, exchanges: kept }));
    // The recording of an aborted call breaks off where it was aborted. The service went on waiting.
    const faults = how === "client-abort" ? ["stall@frame:3:1h"] : [];
    const replaying = replayClient(streaming.client, cassette, { faults });
    expect(await outcome()).toEqual(live);
    replaying.stop();
  });
});
