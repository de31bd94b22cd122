import assert from "node:assert/strict";
import { crc32 as independentCrc32 } from "@aws-crypto/crc32";
import type { MessageInput } from "@eventstream-kit/codec";
import {
  crc32,
  decodeEvents,
  decodeMessage,
  encodedLength,
  encodeMessage,
  EventStreamError,
  MessageDecoder,
  messageFromJson,
  MessageHeaders,
} from "@eventstream-kit/codec";
import { EventSigner, verifyEvents } from "@eventstream-kit/codec/signing";
import * as fc from "fast-check";
import { anyCharacter, anyMessage } from "../support/arbitraries.ts";
import { buildFrame, repairCrcs } from "../support/build-frame.ts";
import { concat, cut } from "../support/bytes.ts";
import { plain } from "../support/plain.ts";
import { anyHeaderBlock, anyMutatedMessage } from "./header-blocks.ts";
import { judge, judgeSplit, judgeStream } from "./judge.ts";

/** Something that must hold for all inputs of a kind. */
export interface FuzzTarget {
  readonly name: string;
  readonly claim: string;
  /** How many inputs a run of the test suite tries. */
  readonly runs: number;
  /** Given somewhere to note what became of each input. */
  readonly property: (note: (verdict: string) => void) => fc.IRawProperty<unknown>;
}

const none = new Uint8Array();
const good = encodeMessage({ headers: { n: "good" }, payload: "next" });

/** Chunks of a stream, cut at most twelve times. */
function cutAnywhere(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  return cut(stream, ...places.map((place) => place % (stream.length + 1)).toSorted((a, b) => a - b));
}
const anyPlaces = () => fc.array(fc.nat(), { maxLength: 12 });

/** Bytes as one message and as a stream: nothing but messages and typed errors, the same in any chunks. */
function judgeBoth(bytes: Uint8Array, places: readonly number[]): string {
  const verdict = judge(bytes);
  const whole = judgeStream([bytes], good);
  const chunks = cutAnywhere(bytes, places);
  assert.deepEqual(judgeStream(chunks, good), whole);
  assert.deepEqual(judgeSplit(chunks), whole);
  // Nothing is left over in a stream: what follows the first message is the next.
  if (bytes.length > 0 && verdict !== "trailing_bytes") assert.equal(whole.error?.code ?? "message", verdict);
  return verdict;
}

const rawBytes: FuzzTarget = {
  name: "raw",
  claim: "any bytes are refused with a typed error, in any chunks alike",
  runs: 500,
  property: (note) =>
    fc.property(fc.uint8Array({ maxLength: 300, size: "max" }), anyPlaces(), (bytes, places) =>
      note(judgeBoth(bytes, places)),
    ),
};

const preludeCrc: FuzzTarget = {
  name: "prelude",
  claim: "bytes behind a right prelude of any lengths are refused by those lengths, or by the checksum at the end",
  runs: 500,
  property: (note) => {
    const length = fc.oneof(fc.nat(40), fc.nat(400), fc.constantFrom(0x1000_0000, 0xffff_ffff), fc.nat());
    const bytes = fc.uint8Array({ minLength: 12, maxLength: 300, size: "max" });
    return fc.property(bytes, length, length, anyPlaces(), (rest, total, headers, places) => {
      const frame = concat(
        buildFrame({ totalLength: total, headersLength: headers }).subarray(0, 12),
        rest.subarray(12),
      );
      const verdict = judgeBoth(frame, places);
      assert.notEqual(verdict, "prelude_crc");
      note(verdict);
    });
  },
};

const lengths: FuzzTarget = {
  name: "lengths",
  claim: "a message with other lengths than its own, checksums repaired, is a message or refused",
  runs: 500,
  property: (note) =>
    fc.property(
      anyMessage(),
      fc.integer({ min: -20, max: 20 }),
      fc.integer({ min: -20, max: 20 }),
      anyPlaces(),
      (message, total, headers, places) => {
        const bytes = encodeMessage(message);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, view.getUint32(0) + total);
        view.setUint32(4, view.getUint32(4) + headers);
        note(judgeBoth(repairCrcs(bytes), places));
      },
    ),
};

const mutatedHeaders: FuzzTarget = {
  name: "mutated-headers",
  claim: "a message with bytes of its headers written over, checksums repaired, is a message or refused",
  runs: 1000,
  property: (note) =>
    fc.property(anyMutatedMessage(), anyPlaces(), (parts, places) => note(judgeBoth(buildFrame(parts), places))),
};

const builtHeaders: FuzzTarget = {
  name: "built-headers",
  claim: "headers put together with and without lies, checksums right, are a message or refused",
  runs: 1000,
  property: (note) =>
    fc.property(anyHeaderBlock(), fc.uint8Array({ maxLength: 40 }), anyPlaces(), (headers, payload, places) =>
      note(judgeBoth(buildFrame({ headers, payload }), places)),
    ),
};

const roundTrip: FuzzTarget = {
  name: "round-trip",
  claim: "what is encoded decodes to what was given, from exactly the bytes that others would write",
  runs: 500,
  property: (note) => {
    const size = fc.oneof({ weight: 30, arbitrary: fc.nat(700) }, { weight: 1, arbitrary: fc.nat(300_000) });
    return fc.property(anyMessage(), size, fc.nat(255), (message, payloadSize, filler) => {
      const payload = new Uint8Array(payloadSize).map((_, i) => filler + i * i);
      const bytes = encodeMessage({ ...message, payload });
      assert.equal(bytes.length, encodedLength({ ...message, payload }));
      const { headers, payload: received } = decodeMessage(bytes);
      assert.deepEqual(
        plain({ headers, payload: none }),
        plain({ headers: new MessageHeaders(message.headers), payload: none }),
      );
      assert.ok(Buffer.compare(received, payload) === 0);
      const block = bytes.subarray(12, bytes.length - 4 - payload.length);
      assert.ok(Buffer.compare(bytes, buildFrame({ headers: block, payload })) === 0);
      note(judge(encodeMessage(message)));
    });
  },
};

const chunking: FuzzTarget = {
  name: "chunking",
  claim: "a stream, damaged or not, gives the same messages and the same error in any chunks",
  runs: 500,
  property: (note) => {
    const messages = fc.array(anyMessage(), { minLength: 1, maxLength: 5 });
    const damage = fc.option(fc.record({ at: fc.nat(), bit: fc.nat(7), cutOff: fc.nat(30) }));
    return fc.property(messages, damage, anyPlaces(), (parts, harm, places) => {
      const whole = concat(...parts.map((message) => encodeMessage(message)));
      const stream = whole.subarray(0, Math.max(1, whole.length - (harm?.cutOff ?? 0)));
      if (harm && harm.bit !== 0) stream[harm.at % stream.length]! ^= 1 << harm.bit;
      const expected = judgeStream([stream], good);
      const chunks = cutAnywhere(stream, places);
      assert.deepEqual(judgeStream(chunks, good), expected);
      assert.deepEqual(judgeSplit(chunks), expected);
      const single = Array.from(stream, (_, i) => stream.subarray(i, i + 1));
      assert.deepEqual(judgeStream(single, good), expected);
      if (!harm) assert.equal(expected.messages.length, parts.length);
      note(expected.error?.code ?? "message");
    });
  },
};

const oneDecoder = new MessageDecoder();
const reset: FuzzTarget = {
  name: "reset",
  claim: "a decoder that has seen garbage is as good as new after a reset",
  runs: 100,
  property: (note) =>
    fc.property(fc.uint8Array({ maxLength: 60, size: "max" }), anyMessage(), (garbage, message) => {
      const bytes = encodeMessage(message);
      oneDecoder.push(garbage);
      oneDecoder.reset();
      assert.deepEqual([...oneDecoder.push(bytes)].map(plain), [plain(decodeMessage(bytes))]);
      oneDecoder.reset();
      note("message");
    }),
};

const checksums: FuzzTarget = {
  name: "crc32",
  claim: "the checksum is that of an independent implementation, at once and in parts, wherever the bytes lie",
  runs: 300,
  property: (note) => {
    const size = fc.oneof(
      { weight: 20, arbitrary: fc.nat(1300) },
      { weight: 2, arbitrary: fc.integer({ min: 65_000, max: 67_000 }) },
      { weight: 1, arbitrary: fc.nat(300_000) },
    );
    return fc.property(size, fc.nat(), fc.nat(64), fc.nat(), (length, seed, offset, place) => {
      const memory = new Uint8Array(length + offset + 9);
      let state = seed;
      for (let i = 0; i < memory.length; i++)
        memory[i] = (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 24;
      const bytes = memory.subarray(offset, offset + length);
      const expected = independentCrc32(bytes);
      assert.equal(crc32(bytes), expected);
      const [first, second] = cut(bytes, place % (length + 1));
      assert.equal(crc32(second!, crc32(first!)), expected);
      note("equal");
    });
  },
};

/** Runs something that may refuse its input, but only with a typed error that says what it found. */
function refusal(run: () => unknown): string {
  try {
    run();
    return "accepted";
  } catch (error) {
    if (!(error instanceof EventStreamError)) throw error;
    assert.doesNotMatch(error.message, /\[object/);
    return error.code;
  }
}

const anything = () =>
  fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withMap: true, withSet: true });

/** Text that UTF-8 may not be able to hold. */
const anyText = () =>
  fc.string({
    unit: fc.oneof({ weight: 50, arbitrary: anyCharacter }, { weight: 1, arbitrary: fc.constant("\uD83D") }),
    maxLength: 300,
  });

const values: FuzzTarget = {
  name: "values",
  claim: "values of any kind are encoded or refused with a typed error",
  runs: 500,
  property: (note) => {
    const typed = fc.record({
      type: fc.constantFrom(
        "boolean",
        "byte",
        "short",
        "integer",
        "long",
        "binary",
        "string",
        "timestamp",
        "uuid",
        "x",
      ),
      value: fc.oneof(anything(), fc.double(), fc.bigInt(), anyText()),
    });
    const header = fc.oneof(typed, anything(), anyText());
    const name = anyText();
    const headers = fc.oneof(fc.array(fc.tuple(name, header)), fc.dictionary(name, header), anything());
    const message = fc.oneof(fc.record({ headers, payload: fc.oneof(anything(), fc.string()) }), anything());
    return fc.property(message, (input) => {
      const verdict = refusal(() => judge(encodeMessage(input as MessageInput)));
      assert.equal(
        refusal(() => encodedLength(input as MessageInput)),
        verdict,
      );
      if (verdict === "accepted") assert.ok(new MessageHeaders((input as MessageInput).headers).size >= 0);
      refusal(() => decodeMessage(input as Uint8Array));
      refusal(() => crc32(input as Uint8Array));
      note(verdict);
    });
  },
};

const json: FuzzTarget = {
  name: "json",
  claim: "JSON of any shape is read as a message or refused with a typed error",
  runs: 500,
  property: (note) => {
    const leaf = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.jsonValue());
    /** What is expected there, mostly. */
    const mostly = (arbitrary: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: leaf });
    const types = ["boolean", "byte", "short", "integer", "long", "binary", "string", "timestamp", "uuid", "x"];
    const value = fc.oneof(
      fc.integer(),
      fc.integer().map(String),
      fc.string(),
      fc.boolean(),
      fc.base64String(),
      fc.uuid(),
    );
    const header = fc.tuple(fc.string(), mostly(fc.constantFrom(...types)), mostly(value));
    const payload = fc.oneof(
      fc.record({ text: mostly(fc.string()) }),
      fc.record({ json: fc.jsonValue() }),
      fc.record({ b64: mostly(fc.base64String()) }),
      fc.record({ text: leaf, json: leaf }),
      fc.constant({}),
    );
    const names = fc.oneof(
      fc.record({ event: mostly(fc.string()), ct: mostly(fc.string()) }, { requiredKeys: [] }),
      fc.record({ headers: mostly(fc.array(mostly(header), { maxLength: 4 })) }),
    );
    const line = fc
      .tuple(mostly(fc.constant("frame")), names, payload)
      .map(([k, ...rest]) => Object.assign({ k }, ...rest) as object);
    return fc.property(fc.oneof(line, anything()), (input) => {
      note(refusal(() => encodeMessage(messageFromJson(input), { limits: "wire" })));
    });
  },
};

const events: FuzzTarget = {
  name: "events",
  claim: "messages of any kind are events, the service's bad news, or refused with a typed error",
  runs: 400,
  property: (note) => {
    const name = fc.constantFrom(
      ":message-type",
      ":event-type",
      ":exception-type",
      ":error-code",
      ":content-type",
      "x",
    );
    const value = fc.oneof(fc.constantFrom("event", "exception", "error", "chunk"), fc.boolean(), fc.string());
    const headers = fc.dictionary(name, value, { noNullPrototype: true });
    const messages = fc.array(fc.record({ headers, payload: fc.oneof(fc.json(), fc.uint8Array()) }), { maxLength: 4 });
    return fc.asyncProperty(messages, fc.boolean(), async (parts, lenientMessageType) => {
      const frames = parts.map((message) => encodeMessage(message));
      try {
        for await (const event of decodeEvents(frames, { lenientMessageType })) {
          refusal(() => event.text());
          refusal(() => event.json());
        }
        note("events");
      } catch (error) {
        if (!(error instanceof EventStreamError)) throw error;
        note(error.code);
      }
    });
  },
};

const options = {
  credentials: { secretAccessKey: "dummy" },
  region: "us-east-1",
  service: "test",
  priorSignature: "0".repeat(64),
};

const signing: FuzzTarget = {
  name: "signing",
  claim: "a signed stream verifies, and nothing in it can be changed, moved, left out or put in",
  runs: 100,
  property: (note) => {
    const change = fc.constantFrom("nothing", "flip", "swap", "drop", "repeat", "truncate");
    const messages = fc.array(anyMessage(), { minLength: 1, maxLength: 4 });
    return fc.asyncProperty(messages, change, fc.nat(), fc.nat(), async (parts, what, at, bit) => {
      const signer = new EventSigner(options);
      const calls = parts.map((message) => signer.sign(message));
      const frames = await Promise.all([...calls, signer.end()]);
      const index = at % frames.length;
      const victim = frames[index]!;
      if (what === "swap") frames.splice(index, 1, ...frames.splice((index + 1) % frames.length, 1, victim));
      else if (what === "drop") frames.splice(index, 1);
      else if (what === "repeat") frames.splice(index, 0, victim);
      else if (what === "truncate") frames.length = index;
      else if (what === "flip") {
        // Whatever the envelope holds but the names and types of its headers: those are not secret.
        const covered = [...range(19, 27), ...range(47, 79), ...range(79, victim.length - 4)];
        const place = covered[bit % covered.length]!;
        victim[place]! ^= 1 << (bit & 7);
        repairCrcs(victim);
      }
      let count = 0;
      try {
        for await (const message of verifyEvents(frames, options)) {
          assert.deepEqual(plain(message), plain(decodeMessage(encodeMessage(parts[count++]!))));
        }
        assert.equal(what, "nothing");
        assert.equal(count, parts.length);
        note("verified");
      } catch (error) {
        if (!(error instanceof EventStreamError)) throw error;
        assert.notEqual(what, "nothing");
        assert.ok(error.code.startsWith("sign"), error.code);
        note(error.code);
      }
    });
  },
};

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** Every kind of input that is tried. */
export const fuzzTargets: readonly FuzzTarget[] = [
  rawBytes,
  preludeCrc,
  lengths,
  mutatedHeaders,
  builtHeaders,
  roundTrip,
  chunking,
  reset,
  checksums,
  values,
  json,
  events,
  signing,
];
