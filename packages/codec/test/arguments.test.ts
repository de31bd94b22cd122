import * as codec from "@eventstream-kit/codec";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { EventSigner, EventVerifier, signEvents, verifyEvents } from "@eventstream-kit/codec/signing";
import { describe, expect, test } from "vitest";
import { thrownBy } from "./support/thrown.ts";

const message = codec.encodeMessage({ payload: "x" });

/** Every public function, given something that is no object where it takes one. */
const options: Record<string, (bad: never) => unknown> = {
  decodeMessage: (bad) => codec.decodeMessage(message, bad),
  MessageDecoder: (bad) => new codec.MessageDecoder(bad),
  FrameSplitter: (bad) => new codec.FrameSplitter(bad),
  encodeMessage: (bad) => codec.encodeMessage({}, bad),
  encodedLength: (bad) => codec.encodedLength({}, bad),
  encodeEvent: (bad) => codec.encodeEvent({ event: "a" }, bad),
  decodeStream: (bad) => codec.decodeStream([message], bad),
  decodeEvents: (bad) => codec.decodeEvents([message], bad),
  MessageDecoderStream: (bad) => new codec.MessageDecoderStream(bad),
  readLambdaStream: (bad) => readLambdaStream([message], bad),
  EventSigner: (bad) => new EventSigner(bad),
  EventVerifier: (bad) => new EventVerifier(bad),
  signEvents: (bad) => signEvents([], bad),
  verifyEvents: (bad) => verifyEvents([], bad),
};
const inputs: Record<string, (bad: never) => unknown> = {
  encodeMessage: (bad) => codec.encodeMessage(bad),
  encodeEvent: (bad) => codec.encodeEvent(bad),
  encodeException: (bad) => codec.encodeException(bad),
  encodeError: (bad) => codec.encodeError(bad),
  messageToJson: (bad) => codec.messageToJson(bad),
  messageFromJson: (bad) => codec.messageFromJson(bad),
};

function codeOf(call: () => unknown): unknown {
  try {
    call();
    return "no error";
  } catch (error) {
    return error instanceof codec.EventStreamError ? error.code : error;
  }
}

describe.each([null, 5, "text", true] as never[])("%j", (bad) => {
  test.each(Object.keys(options))("as the options of %s", (name) => {
    expect(codeOf(() => options[name]!(bad))).toBe("invalid_argument");
  });

  test.each(Object.keys(inputs))("as what %s is to encode", (name) => {
    expect(codeOf(() => inputs[name]!(bad))).toBe("encode_type");
  });
});

const notIterable = { [Symbol.iterator]: 5 } as never;

test.each<[string, () => unknown]>([
  ["limits that are a bigint", () => codec.decodeMessage(message, { limits: 1n as never })],
  ["limits without a text form", () => codec.encodeMessage({}, { limits: Object.create(null) as never })],
  ["limits in a list", () => codec.encodeMessage({}, { limits: ["wire"] as never })],
  ["events that only seem iterable", () => codec.decodeEvents([], { events: notIterable })],
  ["a seed that is a bigint", () => codec.crc32(message, 1n as never)],
])("%s are a typed error", (_, call) => {
  expect(codeOf(call)).toBe("invalid_argument");
});

test.each<[string, unknown]>([
  ["bytes", message],
  ["other bytes", new DataView(message.buffer)],
  ["a list", [{}]],
  ["headers without a message", new codec.MessageHeaders({ a: "b" })],
  ["a Map", new Map([["a", "b"]])],
])("%s are not taken for an empty message", (_, bad) => {
  expect(codeOf(() => codec.encodeMessage(bad as never))).toBe("encode_type");
  expect(codeOf(() => codec.encodedLength(bad as never))).toBe("encode_type");
  expect(codeOf(() => codec.encodeMessages([bad as never]))).toBe("encode_type");
});

test("what can be iterated is a message all the same when it has headers or a payload", () => {
  for (const input of [{ headers: { a: "text" } }, { payload: "text" }]) {
    expect(codec.encodeMessage(Object.assign([], input))).toEqual(codec.encodeMessage(input));
  }
});

test("what only seems iterable is a record of headers, and no list of messages", () => {
  expect(codec.encodeMessage({ headers: notIterable })).toEqual(codec.encodeMessage({}));
  expect(codeOf(() => codec.encodeMessages(notIterable))).toBe("encode_type");
});

test("headers are written whatever stands before them, such as the proxy of a store", () => {
  const headers = new codec.MessageHeaders({ a: "text", b: 5n });
  const proxy = new Proxy(headers, {});
  for (let turn = 0; turn < 4; turn++) {
    expect(codec.encodeMessage({ headers: proxy })).toEqual(codec.encodeMessage({ headers }));
  }
});

test.each<[unknown, string]>([
  [undefined, "undefined"],
  [null, "null"],
  ["short", 'the string "short"'],
  ["x".repeat(60), `the string "${"x".repeat(60)}"`],
  ["x".repeat(61), `the string "${"x".repeat(60)}…"`],
  [1.5, "the number 1.5"],
  [5n, "the bigint 5"],
  [10n ** 60n, `the bigint 1${"0".repeat(59)}…`],
  [false, "the boolean false"],
  [[1], "an array"],
  [new DataView(new ArrayBuffer(1)), "an object"],
  [new Date(0), "an object"],
  [Object.create(null), "an object"],
  [() => 1, "a function"],
  [Symbol("text"), "a symbol"],
])("%o is called %s in an error", (value, words) => {
  const problem = `Decoding a message: found ${words}, expected a Uint8Array`;
  expect(() => codec.decodeMessage(value as never)).toThrow(
    expect.objectContaining({ code: "invalid_argument", message: problem }),
  );
});

test("an error has the details that belong to it, and no others", () => {
  const error = thrownBy(() => codec.decodeMessage(message.subarray(0, 5)));
  const details = ["messageIndex", "offset", "expected", "received"];
  expect(Object.keys(error as object).toSorted()).toEqual(["name", "code", ...details].toSorted());
  expect(error).not.toHaveProperty("cause");
});
