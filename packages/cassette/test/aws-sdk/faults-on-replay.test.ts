/**
 * Every fault at every frame of a recording that is replayed: what the SDK and the codec make of it. The same faults over
 * every transport are in the fault matrix of mock-handlers.
 */
import { LambdaClient } from "@aws-sdk/client-lambda";
import { replay } from "@eventstream-kit/cassette";
import { replayClient } from "@eventstream-kit/cassette/aws-sdk";
import { decodeEvents, EventStreamError } from "@eventstream-kit/codec";
import { formatFault, parseFault, randomFault, toResponse } from "@eventstream-kit/service";
import { afterAll, describe, expect, test } from "vitest";
import { concat, cut, hexOf } from "../support/bytes.ts";
import { cassetteOf, play, recorded, requestOf } from "../support/exchanges.ts";
import { chunkFrame, completeFrame } from "../support/frames.ts";
import { lambdaCall } from "./clients.ts";
import { outcomeOf } from "./outcome.ts";

const frames = [chunkFrame("one"), chunkFrame("two"), chunkFrame("three"), completeFrame()];
const names = ["one", "two", "three", '{"InvokeComplete":{}}'];
const bytes = concat(...frames);
/** Chunks that know nothing of frames, and one with several. */
const sizes = [3, 130, 1, 200];
const request = requestOf({ body: '{"n":1}' });
const cassette = cassetteOf([recorded(cut(bytes, sizes), { request })]);

const client = new LambdaClient({ maxAttempts: 1 });
afterAll(() => client.destroy());

/** What came through, and the error it ended with, if any. */
interface Seen {
  readonly events: readonly string[];
  /** Of the SDK, name and message; of the codec, its code, or the name of an exception. */
  readonly error: string;
}

/** All waits are over at once, so nothing here takes time. */
const delay = () => Promise.resolve();

async function bySdk(faults: readonly string[]): Promise<Seen> {
  using _replaying = replayClient(client, cassette, { faults, speed: "recorded", delay });
  const { events, error } = await outcomeOf({ client, call: lambdaCall(client) });
  if (!error) return { events, error: "none" };
  const { name, message } = error as Error;
  // What the SDK adds to a message is on a line of its own.
  return { events, error: `${name}: ${message.replace(/\n.*/s, "")}` };
}

async function byCodec(faults: readonly string[]): Promise<Seen> {
  const events: string[] = [];
  try {
    const reply = await replay(cassette, { faults, speed: "recorded", delay }).handle(request);
    for await (const event of decodeEvents(toResponse(reply!, { delay }))) {
      events.push(event.name === "PayloadChunk" ? event.text() : `{"${event.name}":${event.text()}}`);
    }
    return { events, error: "none" };
  } catch (error) {
    const { name, code = name } = error as Error & { readonly code?: string };
    return { events, error: error instanceof EventStreamError ? code : `${name} ${code}` };
  }
}

async function bytesOf(fault: string): Promise<string> {
  const reply = await replay(cassette, { fault }).handle(request);
  return hexOf(concat(...(await play(reply)).chunks));
}

interface Expected {
  readonly events: readonly string[];
  readonly sdk?: RegExp;
  readonly codec?: string;
}

const upTo = (frame: number) => names.slice(0, frame - 1);

/** Of every kind, at a frame. */
const faults: readonly (readonly [fault: (frame: number) => string, expected: (frame: number) => Expected])[] = [
  [
    () => "status:503",
    () => ({ events: [], sdk: /^Unknown: Injected by the fault status:503$/, codec: "not_event_stream" }),
  ],
  [
    () => "status:429:TooManyRequestsException",
    () => ({ events: [], sdk: /^TooManyRequestsException: /, codec: "not_event_stream" }),
  ],
  [
    (frame) => `reset@frame:${frame}`,
    (frame) => ({ events: upTo(frame), sdk: /^Error: aborted$/, codec: "ServiceError connection_reset" }),
  ],
  [(frame) => `eof@frame:${frame}`, (frame) => ({ events: upTo(frame) })],
  [(frame) => `stall@frame:${frame}:1h`, () => ({ events: names })],
  [
    (frame) => `truncate@frame:${frame}+5`,
    (frame) => ({ events: upTo(frame), sdk: /^Error: Truncated event message received/, codec: "truncated" }),
  ],
  // The SDK takes a cut in the first four bytes for an end.
  [(frame) => `truncate@frame:${frame}+3`, (frame) => ({ events: upTo(frame), codec: "truncated" })],
  [
    (frame) => `corrupt@frame:${frame}:payload:0`,
    (frame) => ({ events: upTo(frame), sdk: /^Error: The message checksum/, codec: "message_crc" }),
  ],
  [
    (frame) => `corrupt@frame:${frame}:message-crc`,
    (frame) => ({ events: upTo(frame), sdk: /^Error: The message checksum/, codec: "message_crc" }),
  ],
  [
    (frame) => `corrupt@frame:${frame}:prelude-crc`,
    (frame) => ({ events: upTo(frame), sdk: /^Error: The prelude checksum/, codec: "prelude_crc" }),
  ],
  [
    (frame) => `corrupt@frame:${frame}:header-len`,
    (frame) => ({ events: upTo(frame), sdk: /^RangeError: Invalid typed array length: -1$/, codec: "length_relation" }),
  ],
  [(frame) => `drop@frame:${frame}`, (frame) => ({ events: names.filter((_, at) => at !== frame - 1) })],
  [
    (frame) => `dup@frame:${frame}`,
    (frame) => ({ events: names.flatMap((name, at) => (at === frame - 1 ? [name, name] : [name])) }),
  ],
  [
    (frame) => `exception@frame:${frame}:ThrottlingException:Slow down`,
    (frame) => ({ events: upTo(frame), sdk: /^ThrottlingException: .*Slow down/, codec: "exception" }),
  ],
  [
    (frame) => `error@frame:${frame}:InternalFailure:Try later`,
    (frame) => ({ events: upTo(frame), sdk: /^InternalFailure: Try later/, codec: "error" }),
  ],
  [() => "omit-complete", () => ({ events: names.slice(0, -1) })],
  [(frame) => `rechunk:${frame}`, () => ({ events: names })],
  [() => "merge", () => ({ events: names })],
  [() => "bandwidth:1", () => ({ events: names })],
];

/** Each with its four frames: a test ends by itself within five seconds, or fails. */
describe("record case 33: faults on replay, at every frame", () => {
  test.each(faults.map(([fault, expected]) => [fault(1).replace("frame:1", "frame:n"), fault, expected] as const))(
    "%s",
    async (_, fault, expected) => {
      for (const frame of [1, 2, 3, 4]) {
        const { events, sdk, codec } = expected(frame);
        const seen = { sdk: await bySdk([fault(frame)]), codec: await byCodec([fault(frame)]) };
        expect({ frame, ...seen }).toEqual({
          frame,
          sdk: { events, error: expect.stringMatching(sdk ?? /^none$/) as string },
          codec: { events, error: codec ?? "none" },
        });
      }
    },
  );

  test("of every kind there is", () => {
    const kinds = new Set(faults.map(([fault]) => parseFault(fault(1)).kind));
    for (let seed = 0; seed < 500; seed++) {
      const every = ["status", "stall", "bandwidth"] as const;
      expect(kinds).toContain(randomFault(seed, { frames: 4 }).kind);
      expect(kinds).toContain(randomFault(seed, { frames: 4, kinds: every }).kind);
    }
  });

  test("cut off or broken at any byte: whole frames come through, and a cut is an error unless it is between them", async () => {
    const ends = frames.map((_, at) => concat(...frames.slice(0, at + 1)).length);
    for (let byte = 0; byte <= bytes.length; byte++) {
      const events = names.filter((_, at) => ends[at]! <= byte);
      const clean = byte === 0 || ends.includes(byte);
      expect({ byte, ...(await byCodec([`eof@byte:${byte}`])) }).toEqual({
        byte,
        events,
        error: clean ? "none" : "truncated",
      });
      if (byte === bytes.length) continue;
      expect({ byte, ...(await byCodec([`reset@byte:${byte}`])) }).toEqual({
        byte,
        events,
        error: "ServiceError connection_reset",
      });
    }
    for (let byte = 0; byte < bytes.length; byte += 17) {
      const { events } = await byCodec([`reset@byte:${byte}`]);
      expect(await bySdk([`reset@byte:${byte}`])).toEqual({ events, error: "Error: aborted" });
    }
  });

  test("the same seed gives the same bytes and the same outcome", async () => {
    for (let seed = 0; seed < 100; seed++) {
      const [one, two] = [0, 1].map(() => formatFault(randomFault(seed, { frames: 4 })));
      expect(await bytesOf(one!)).toBe(await bytesOf(two!));
      expect(await byCodec([one!])).toEqual(await byCodec([two!]));
      expect(await bySdk([one!])).toEqual(await bySdk([two!]));
    }
  });
});
