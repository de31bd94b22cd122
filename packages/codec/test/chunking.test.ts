import type { Message } from "@eventstream-kit/codec";
import { byte, decodeMessage, encodeMessage, MessageDecoder } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat, cut, embed, utf8 } from "./support/bytes.ts";
import { decodeChunks } from "./support/every-way.ts";
import { plain } from "./support/plain.ts";
import { seeded } from "./support/random.ts";

/** Twenty messages of many shapes: with and without headers, with and without payload, small and not so small. */
const corpus = Array.from({ length: 20 }, (_, i) =>
  encodeMessage({
    headers: i % 3 === 0 ? {} : { n: byte(i), text: "é".repeat(i), blob: new Uint8Array(i * 7) },
    payload: i % 4 === 0 ? "" : `payload ${i} `.repeat(i),
  }),
);
const expected = corpus.map((bytes) => plain(decodeMessage(bytes)));

describe("format case 22: every place to cut", () => {
  test("one cut anywhere in a stream of three messages", () => {
    const stream = concat(...corpus.slice(1, 4));
    for (let place = 0; place <= stream.length; place++) {
      expect(decodeChunks(cut(stream, place))).toEqual({ messages: expected.slice(1, 4) });
    }
  });

  test("two cuts anywhere in a message of 40 bytes", () => {
    const message = encodeMessage({ headers: { a: "12345" }, payload: utf8("payload 14 byt") });
    expect(message).toHaveLength(40);
    const only = [plain(decodeMessage(message))];
    for (let first = 0; first <= 40; first++) {
      for (let second = first; second <= 40; second++) {
        expect(decodeChunks(cut(message, first, second))).toEqual({ messages: only });
      }
    }
  });
});

test("format case 23: one byte a chunk, one chunk for all, empty chunks between, and cuts at every edge of a message", () => {
  const stream = concat(...corpus);
  const bytes = cut(stream, ...Array.from({ length: stream.length - 1 }, (_, i) => i + 1));
  const empty = new Uint8Array();
  expect(decodeChunks(bytes)).toEqual({ messages: expected });
  expect(decodeChunks([stream])).toEqual({ messages: expected });
  expect(decodeChunks([empty, ...corpus.flatMap((message) => [message, empty, empty])])).toEqual({
    messages: expected,
  });
  expect(decodeChunks(bytes.flatMap((one) => [empty, one]))).toEqual({ messages: expected });

  const starts = corpus.map((_, i) => concat(...corpus.slice(0, i)).length);
  const edges = corpus.map((message) => {
    const headersEnd = 12 + new DataView(message.buffer).getUint32(4);
    return [1, 3, 4, 8, 11, 12, headersEnd, message.length - 4, message.length - 1];
  });
  for (let edge = 0; edge < 9; edge++) {
    const places = starts.map((start, i) => start + edges[i]![edge]!);
    expect(decodeChunks(cut(stream, ...places))).toEqual({ messages: expected });
  }
});

test("format case 24: 10,000 random cuttings give what one chunk gives", () => {
  const stream = concat(...corpus.slice(0, 6));
  const whole = JSON.stringify(expected.slice(0, 6));
  const wrong: number[] = [];
  for (let seed = 0; seed < 10_000; seed++) {
    const random = seeded(seed);
    const longest = 1 + Math.floor(random() * 120);
    const decoder = new MessageDecoder();
    const messages: unknown[] = [];
    for (let at = 0; at < stream.length;) {
      const size = Math.floor(random() * (longest + 1));
      for (const message of decoder.push(stream.subarray(at, at + size))) messages.push(plain(message));
      at += size;
    }
    decoder.finish();
    if (JSON.stringify(messages) !== whole) wrong.push(seed);
  }
  expect(wrong).toEqual([]);
});

describe("format case 25: chunks of every kind of memory", () => {
  const stream = concat(...corpus);
  const kinds: readonly (readonly [string, (chunk: Uint8Array) => Uint8Array])[] = [
    ["Node Buffers from the shared pool", (chunk) => Buffer.from(chunk)],
    ["views at an offset", (chunk) => embed(chunk)],
    [
      "views of shared memory",
      (chunk) => {
        const shared = new Uint8Array(new SharedArrayBuffer(chunk.length + 7), 7);
        shared.set(chunk);
        return shared;
      },
    ],
    [
      "views of a resizable buffer",
      (chunk) => {
        const buffer = Reflect.construct(ArrayBuffer, [
          chunk.length,
          { maxByteLength: 2 * chunk.length },
        ]) as ArrayBuffer;
        const resizable = new Uint8Array(buffer);
        resizable.set(chunk);
        return resizable;
      },
    ],
  ];
  test.each(kinds)("%s", (_, make) => {
    for (const size of [1, 50, stream.length]) {
      for (const payload of ["copy", "view"] as const) {
        const decoder = new MessageDecoder({ payload });
        const messages = [];
        for (let at = 0; at < stream.length; at += size) {
          messages.push(...[...decoder.push(make(stream.subarray(at, at + size)))].map(plain));
        }
        decoder.finish();
        expect(messages).toEqual(expected);
      }
    }
    expect(corpus.map((message) => plain(decodeMessage(make(message))))).toEqual(expected);
  });

  test("shared and resizable memory is left at once, for it may change while it is read", () => {
    for (const [, make] of kinds.slice(2)) {
      const chunk = make(corpus[5]!);
      const [pushed] = new MessageDecoder({ payload: "view" }).push(chunk);
      const once = decodeMessage(chunk, { payload: "view" });
      chunk.fill(0xff);
      expect([pushed!, once].map(plain)).toEqual([expected[5], expected[5]]);
    }
  });

  test("payloads are plain Uint8Arrays with a buffer of their own, however they came", () => {
    const message = Buffer.from(corpus[5]!);
    const [one] = new MessageDecoder().push(message);
    const decoder = new MessageDecoder();
    const [two] = [...decoder.push(message.subarray(0, 30)), ...decoder.push(message.subarray(30))];
    for (const { payload, headers } of [one!, two!, decodeMessage(message)]) {
      for (const bytes of [payload, headers.get("blob")!.value as Uint8Array]) {
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
        expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length]);
      }
    }
  });
});

describe("format case 26: chunks overwritten after they were pushed", () => {
  test.each([1, 7, 64, 5_000])("in chunks of %i bytes", (size) => {
    const stream = Buffer.from(concat(...corpus));
    const decoder = new MessageDecoder();
    const messages = [];
    for (let at = 0; at < stream.length; at += size) {
      const chunk = stream.subarray(at, at + size);
      const batch = decoder.push(chunk);
      chunk.fill(0xff);
      messages.push(...batch);
    }
    decoder.finish();
    expect(messages.map(plain)).toEqual(expected);
  });

  test("views show it: that is what `payload: view` asks for", () => {
    const chunk = corpus[5]!.slice();
    const [message] = new MessageDecoder({ payload: "view" }).push(chunk);
    const blob = message!.headers.get("blob")!.value as Uint8Array;
    expect(message!.payload.buffer).toBe(chunk.buffer);
    expect(blob.buffer).toBe(chunk.buffer);
    chunk.fill(0xff);
    expect(new Set([...message!.payload, ...blob])).toEqual(new Set([0xff]));
  });
});

test("format case 27: messages stay as they are while others follow", () => {
  for (const payload of ["copy", "view"] as const) {
    const decoder = new MessageDecoder({ payload });
    const messages = [];
    const seen = [];
    for (const chunk of cut(concat(...corpus), 100, 900, 1300)) {
      for (const message of decoder.push(chunk)) {
        messages.push(message);
        seen.push(plain(message));
      }
    }
    decoder.reset();
    for (const message of corpus.toReversed()) decoder.push(message);
    expect(messages.map(plain)).toEqual(seen);
    expect(seen).toEqual(expected);
  }
});

function textOf({ payload }: Message): string {
  return new TextDecoder().decode(payload);
}

describe("views of messages that span chunks", () => {
  const texts = Array.from({ length: 300 }, (_, i) => `${i} ${"x".repeat(i)}`);
  const pieces = cut(
    concat(...texts.map((payload) => encodeMessage({ payload }))),
    ...texts.map((_, i) => 1 + i * 150),
  );

  test("are never overwritten, whatever is decoded next, and by whom", () => {
    const decoders = [0, 1].map(() => new MessageDecoder({ payload: "view" }));
    const kept: Message[][] = [[], []];
    for (const piece of pieces) {
      decoders.forEach((decoder, i) => {
        const chunk = piece.slice();
        for (const message of decoder.push(chunk)) {
          // In a chunk of its own, it is a view of that.
          kept[i]!.push(message.payload.buffer === chunk.buffer ? decodeMessage(encodeMessage(message)) : message);
        }
        chunk.fill(0xff);
      });
    }
    for (const messages of kept) expect(messages.map(textOf)).toEqual(texts);
    const buffers = new Set(kept.flat().map(({ payload }) => payload.buffer));
    expect(kept.flat().filter(({ payload }) => payload.buffer.byteLength === 16_384).length).toBeGreaterThan(100);
    expect(buffers.size).toBeLessThan(600);
  });

  test("are right though others are transferred", () => {
    const decoder = new MessageDecoder({ payload: "view" });
    const seen: string[] = [];
    let transferred = 0;
    for (const piece of pieces) {
      const messages = [...decoder.push(piece)];
      seen.push(...messages.map(textOf));
      const buffer = messages[0]?.payload.buffer as ArrayBuffer | undefined;
      if (buffer === undefined || buffer === piece.buffer) continue;
      structuredClone(buffer, { transfer: [buffer] });
      transferred += 1;
    }
    expect(seen).toEqual(texts);
    expect(transferred).toBeGreaterThan(50);
  });
});
