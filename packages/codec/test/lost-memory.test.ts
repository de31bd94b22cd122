import type { Message } from "@eventstream-kit/codec";
import * as codec from "@eventstream-kit/codec";
import type { LambdaEvent } from "@eventstream-kit/codec/lambda";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { EventSigner, EventVerifier } from "@eventstream-kit/codec/signing";
import { describe, expect, test } from "vitest";
import { outcome } from "./support/outcome.ts";
import { signing } from "./support/signing-vector.ts";

/** Bytes that look empty because there is nothing behind them any more. */
const lost: Record<string, () => Uint8Array> = {
  "a Uint8Array that was transferred": () => transferred(new Uint8Array([1, 2, 3])),
  "a Buffer that was transferred": () => transferred(Buffer.from(new Uint8Array([1, 2, 3]).buffer)),
  "a view behind the end of a buffer that was made smaller": () => {
    // Not in the library of ES2023 yet.
    const buffer = Reflect.construct(ArrayBuffer, [64, { maxByteLength: 64 }]) as ArrayBuffer & {
      resize(size: number): void;
    };
    const bytes = new Uint8Array(buffer, 32, 16);
    buffer.resize(40);
    return bytes;
  },
};

function transferred(bytes: Uint8Array): Uint8Array {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
  return bytes;
}

async function* sdkEvents(bytes: Uint8Array): AsyncGenerator<LambdaEvent> {
  yield await Promise.resolve({ PayloadChunk: { Payload: bytes } });
}

const toDecode: Record<string, (bytes: Uint8Array) => unknown> = {
  decodeMessage: (bytes) => codec.decodeMessage(bytes),
  MessageDecoder: (bytes) => new codec.MessageDecoder().push(bytes),
  "MessageDecoder inside a message": (bytes) => {
    const decoder = new codec.MessageDecoder();
    decoder.push(codec.encodeMessage({ payload: "text" }).subarray(0, 17));
    return decoder.push(bytes);
  },
  FrameSplitter: (bytes) => new codec.FrameSplitter().push(bytes),
  decodeStream: (bytes) => codec.decodeStream(bytes),
  readLambdaStream: (bytes) => readLambdaStream(bytes),
  "decodeStream, later": (bytes) => outcome(codec.decodeStream([bytes])),
  "readLambdaStream, later": (bytes) => outcome(readLambdaStream(sdkEvents(bytes))),
  crc32: (bytes) => codec.crc32(bytes),
  encodeInto: (bytes) => codec.encodeInto({}, bytes),
};
const toEncode: Record<string, (bytes: Uint8Array) => unknown> = {
  "a payload": (payload) => codec.encodeMessage({ payload }),
  "the payload of parts": (payload) => codec.encodeParts({ payload }),
  "the payload of an event": (payload) => codec.encodeEvent({ event: "a", payload }),
  "a binary header": (value) => codec.encodeMessage({ headers: { a: { type: "binary", value } } }),
  "a binary header in short": (value) => codec.encodeMessage({ headers: { a: value } }),
  "a message for JSON": (payload) => codec.messageToJson({ headers: new codec.MessageHeaders(), payload }),
  "a message to sign": (bytes) => new EventSigner(signing).sign(bytes),
  "a message to verify": (bytes) => new EventVerifier(signing).verify(bytes),
};

async function codeOf(call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    return ((result as { error?: unknown }).error as { code?: unknown } | undefined)?.code ?? "no error";
  } catch (error) {
    return error instanceof codec.EventStreamError ? error.code : error;
  }
}

describe.each(Object.entries(lost))("%s is not taken for an empty one", (_, make) => {
  test.each(Object.entries(toDecode))("by %s", async (__, call) => {
    expect(await codeOf(() => call(make()))).toBe("invalid_argument");
  });

  test.each(Object.entries(toEncode))("as %s", async (__, call) => {
    expect(await codeOf(() => call(make()))).toBe("encode_type");
  });

  test("and the error says so", () => {
    expect(() => codec.decodeMessage(make())).toThrow("found bytes whose memory was transferred or cut off");
  });
});

test("headers that lose their memory after they were made are refused, too", () => {
  const value = new Uint8Array([1, 2, 3]);
  const headers = new codec.MessageHeaders({ a: value });
  expect(codec.encodeMessage({ headers })).toHaveLength(24);
  transferred(value);
  expect(() => codec.encodeMessage({ headers })).toThrow(expect.objectContaining({ code: "encode_type", header: "a" }));
});

test("what is empty stays empty", () => {
  const empty = new Uint8Array();
  const message: Message = codec.decodeMessage(codec.encodeMessage({ headers: { a: empty }, payload: empty }));
  expect(message.headers.get("a")).toEqual({ type: "binary", value: empty });
  expect(message.payload).toEqual(empty);
  expect([...new codec.MessageDecoder().push(empty)]).toEqual([]);
});
