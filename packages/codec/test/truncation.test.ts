import { decodeMessage, encodeMessage, EventStreamError, FrameSplitter, MessageDecoder } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat, cut, toHex } from "./support/bytes.ts";
import { listVectors, needsVectors, readVector } from "./support/third-party.ts";
import { thrownBy } from "./support/thrown.ts";
import { ownVectors } from "./support/vectors.ts";

const first = encodeMessage({ headers: { a: "first" }, payload: "one" });
const second = encodeMessage({ headers: { name: "second" }, payload: "a payload" });
const stream = concat(first, second);
const headersEnd = second.length - 4 - "a payload".length;

describe("format case 48: a stream that stops inside its second message", () => {
  const stops: readonly (readonly [string, number])[] = [
    ["after 1 byte", 1],
    ["after 3 bytes", 3],
    ["after 4 bytes, at the edge of the total length", 4],
    ["after 8 bytes, at the edge of the headers length", 8],
    ["after 11 bytes", 11],
    ["after 12 bytes, at the edge of the prelude", 12],
    ["after 20 bytes, in the headers", 20],
    ["at the end of the headers", headersEnd],
    ["in the payload", headersEnd + 4],
    ["before the checksum", second.length - 4],
    ["one byte short", second.length - 1],
  ];
  test.each(stops)("%s", (_, extra) => {
    const received = stream.subarray(0, first.length + extra);
    const expected = extra < 12 ? 12 : second.length;
    const everyByte = Array.from({ length: received.length - 1 }, (__, i) => i + 1);
    for (const chunks of [[received], cut(received, first.length), cut(received, ...everyByte)]) {
      const decoder = new MessageDecoder();
      const payloads = [];
      for (const chunk of chunks) for (const { payload } of decoder.push(chunk)) payloads.push(toHex(payload));
      expect(payloads).toEqual(["6f6e65"]);

      const error = thrownBy(() => decoder.finish());
      expect(error).toBeInstanceOf(EventStreamError);
      expect(error).toMatchObject({
        code: "truncated",
        messageIndex: 1,
        expected,
        received: extra,
        offset: received.length,
      });
      expect((error as Error).message).toContain(`found ${extra} bytes, expected ${expected}`);
      expect(thrownBy(() => decoder.finish())).toBe(error);
      expect(thrownBy(() => decoder.push(second))).toBe(error);
    }
  });

  test("every stop there is", () => {
    for (let extra = 1; extra < second.length; extra++) {
      for (const decoder of [new MessageDecoder(), new FrameSplitter()]) {
        expect([...decoder.push(stream.subarray(0, first.length + extra))]).toHaveLength(1);
        expect(thrownBy(() => decoder.finish())).toMatchObject({ code: "truncated", received: extra });
      }
    }
  });
});

/** Cuts a message off everywhere: each time it is missed that it does not end, and how much there is. */
function refuseEveryStop(bytes: Uint8Array): void {
  for (let received = 1; received < bytes.length; received++) {
    const expected = received < 12 ? 12 : bytes.length;
    const part = bytes.subarray(0, received);
    const error = expect.objectContaining({ code: "truncated", offset: received, expected, received });
    expect(() => decodeMessage(part)).toThrow(error);
    const decoder = new MessageDecoder();
    expect([...decoder.push(part)]).toEqual([]);
    expect(() => decoder.finish()).toThrow(error);
  }
  expect(() => decodeMessage(new Uint8Array())).toThrow(expect.objectContaining({ code: "truncated", received: 0 }));
}

describe("every place to stop in every vector", () => {
  test("of this project's", () => {
    const vectors = ownVectors("valid");
    for (const { bytes } of vectors) refuseEveryStop(bytes);
    expect(vectors.length).toBeGreaterThan(5);
  });

  test("of others", (context) => {
    needsVectors(context);
    const names = listVectors("standard", "encoded", "positive");
    for (const name of names) refuseEveryStop(readVector("standard", "encoded", "positive", name));
    const rust = listVectors("smithy-rs").filter((name) => name.startsWith("valid_"));
    for (const name of rust) refuseEveryStop(readVector("smithy-rs", name));
    expect([names.length, rust.length]).toEqual([5, 3]);
  });
});

test("format case 49: nothing at all, and an end on a boundary, are clean ends", () => {
  for (const decoder of [new MessageDecoder(), new FrameSplitter()]) {
    decoder.finish();
    decoder.reset();
    expect([...decoder.push(new Uint8Array())]).toEqual([]);
    decoder.finish();
    decoder.reset();
    expect([...decoder.push(stream)]).toHaveLength(2);
    decoder.finish();
    decoder.finish();
  }
});
