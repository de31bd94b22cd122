import type { Message } from "@eventstream-kit/codec";
import { encodeMessage, FrameSplitter, MessageDecoder } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { buildFrame, rawHeader } from "./support/build-frame.ts";
import { concat, cut } from "./support/bytes.ts";
import { thrownBy } from "./support/thrown.ts";
import { countWork } from "./support/work.ts";

const small = encodeMessage({ headers: { n: "small" }, payload: "small" });
const header = rawHeader("blob", 6, `0064${"ab".repeat(100)}`);

function payloadOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 7);
}

/** Of a message that is too large to be collected in memory that is used again, and of one that is just not. */
const sizes = [8192 - 16 - header.length, 8193 - 16 - header.length, 20_000, 1_200_000];

describe.each(sizes)("a message with a payload of %i bytes that spans chunks", (length) => {
  const payload = payloadOf(length);
  const large = buildFrame({ headers: header, payload });
  const headersEnd = 12 + header.length;
  const edges = [
    [1],
    [11],
    [12],
    [13],
    [headersEnd - 1],
    [headersEnd],
    [headersEnd + 1],
    [large.length - 5],
    [large.length - 4],
    [large.length - 3, large.length - 2, large.length - 1],
    [12, headersEnd, large.length - 4],
    [5, 100, 5000, 6000, large.length - 2],
  ];
  const stream = concat(small, large, small, large, small);

  test.each(["copy", "view"] as const)("cut at any edge, payload: %s", (mode) => {
    for (const places of edges) {
      const decoder = new MessageDecoder({ payload: mode });
      const second = small.length + large.length + small.length;
      const chunks = cut(
        stream,
        ...places.map((place) => small.length + place),
        ...places.map((place) => second + place),
      );
      const messages: Message[] = [];
      for (const chunk of chunks) {
        messages.push(...decoder.push(chunk));
        // What was not whole in it is none of its.
        if (mode === "copy") chunk.fill(0xff);
      }
      decoder.finish();
      expect(messages.map((message) => message.payload.length)).toEqual([5, length, 5, length, 5]);
      for (const { payload: bytes, headers } of [messages[1]!, messages[3]!]) {
        expect(Buffer.compare(bytes, payload)).toBe(0);
        expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, length]);
        expect(headers.get("blob")?.value).toEqual(new Uint8Array(100).fill(0xab));
      }
      expect(messages[1]!.payload.buffer).not.toBe(messages[3]!.payload.buffer);
    }
  });

  test("cut at any edge, as whole frames", () => {
    for (const places of edges) {
      const splitter = new FrameSplitter();
      const frames: Uint8Array[] = [];
      const second = large.length + small.length;
      const both = [...places, ...places.map((place) => second + place)];
      for (const chunk of cut(concat(large, small, large), ...both)) {
        frames.push(...splitter.push(chunk));
        chunk.fill(0xff);
      }
      splitter.finish();
      expect(frames.map((frame) => frame.length)).toEqual([large.length, small.length, large.length]);
      expect(Buffer.compare(frames[0]!, large)).toBe(0);
      expect(Buffer.compare(frames[2]!, large)).toBe(0);
      for (const { byteOffset, buffer, length: bytes } of frames)
        expect([byteOffset, buffer.byteLength]).toEqual([0, bytes]);
      expect(new Set(frames.map(({ buffer }) => buffer)).size).toBe(3);
    }
  });

  test("with a wrong bit in the headers, the payload or the checksum", () => {
    for (const at of [20, headersEnd, headersEnd + length - 1, large.length - 1]) {
      const spoilt = large.slice();
      spoilt[at]! ^= 4;
      for (const decoder of [new MessageDecoder(), new FrameSplitter()]) {
        const batches = cut(spoilt, 3, 5000, large.length - 2).map((chunk) => decoder.push(chunk));
        expect(thrownBy(() => [...batches.at(-1)!])).toMatchObject({ code: "message_crc", offset: large.length - 4 });
      }
    }
  });

  test("that ends too early", () => {
    for (const received of [13, headersEnd, headersEnd + 5000, large.length - 4, large.length - 1]) {
      for (const decoder of [new MessageDecoder(), new FrameSplitter()]) {
        for (const chunk of cut(large.slice(0, received), 4, 5000)) expect([...decoder.push(chunk)]).toEqual([]);
        const error = thrownBy(() => decoder.finish());
        expect(error).toMatchObject({ code: "truncated", received, expected: large.length, offset: received });
      }
    }
  });
});

test("a large message without a payload that spans chunks", () => {
  const value = payloadOf(10_000);
  const large = encodeMessage({ headers: { blob: value } });
  for (const places of [[12], [13], [5000], [large.length - 4], [large.length - 1], [5, 5000, large.length - 2]]) {
    const decoder = new MessageDecoder();
    const messages: Message[] = [];
    for (const chunk of cut(concat(large, small), ...places)) messages.push(...decoder.push(chunk));
    decoder.finish();
    expect(messages.map(({ payload }) => payload.length)).toEqual([0, 5]);
    expect(messages[0]!.headers.get("blob")?.value).toEqual(value);
    expect(messages[0]!.payload.buffer.byteLength).toBe(0);
  }
});

test("a message of up to a mebibyte that spans chunks is collected without being moved", () => {
  const large = buildFrame({ headers: header, payload: payloadOf(1_000_000) });
  const chunks = cut(large, ...Array.from({ length: 100 }, (_, i) => 10_000 * (i + 1)));
  for (const decoder of [new MessageDecoder(), new FrameSplitter()]) {
    const found: unknown[] = [];
    const work = countWork(() => {
      for (const chunk of chunks) found.push(...decoder.push(chunk));
    });
    expect(found).toHaveLength(1);
    expect(work.copiedBytes).toBeLessThan(1_010_000);
  }
});
