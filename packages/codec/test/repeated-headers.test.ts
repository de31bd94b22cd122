import { crc32 as independentCrc32 } from "@aws-crypto/crc32";
import type { HeadersInput } from "@eventstream-kit/codec";
import { decodeMessage, encodeMessage, EventStreamError, MessageDecoder } from "@eventstream-kit/codec";
import { describe, expect, test, vi } from "vitest";
import { viewOf } from "../src/bytes.ts";
import { Frame } from "../src/frame.ts";
import { hashOf } from "../src/header-cache.ts";
import { buildFrame, rawHeader, repairCrcs } from "./support/build-frame.ts";
import { concat, hex, toHex, utf8 } from "./support/bytes.ts";
import { plain } from "./support/plain.ts";
import { thrownBy } from "./support/thrown.ts";
import { countWork } from "./support/work.ts";

/** So often that everything that is remembered has been, and used. */
const often = 50;

function textHeader(name: string, value: string): Uint8Array {
  return rawHeader(name, 7, value.length.toString(16).padStart(4, "0") + toHex(utf8(value)));
}

/** A frame like those of a stream, without the code under test. */
function eventFrame(name: string, payload: string): Uint8Array<ArrayBuffer> {
  const headers = concat(textHeader(":event-type", name), textHeader(":message-type", "event"));
  return buildFrame({ headers, payload: utf8(payload) });
}

/** A header block that is told from others by eight bytes. */
function blockOf(i: number): Uint8Array {
  const block = rawHeader("id", 5, "00".repeat(8));
  setId(viewOf(block), 4, i);
  return block;
}

function setId(view: DataView, at: number, i: number): void {
  view.setUint32(at, Math.imul(i, 0x9e3779b1));
  view.setUint32(at + 4, Math.imul(i, 0x27d4eb2f) ^ (i >>> 7));
}

/** The headers of a message between others, so that no block is known. */
function roundTrip(headers: HeadersInput, i: number): unknown {
  return plain(decodeMessage(encodeMessage({ headers: [...Object.entries(headers), ["unique", `${i}`]] }))).headers;
}

function decodedOrCode(frame: Uint8Array): unknown {
  try {
    return plain(decodeMessage(frame));
  } catch (error) {
    if (error instanceof EventStreamError) return error.code;
    throw error;
  }
}

function decodeOften(frame: Uint8Array): void {
  for (let i = 0; i < often; i++) decodeMessage(frame);
}

describe("headers that come again and again", () => {
  test("are what they were the first time, and are made once", () => {
    const frame = eventFrame("again", "payload");
    const first = decodeMessage(frame);
    decodeOften(frame);
    const [one, two] = [decodeMessage(frame), decodeMessage(frame)];
    expect(plain(one)).toEqual(plain(first));
    expect(one.headers).toBe(two.headers);
    expect(one.payload.buffer).not.toBe(two.payload.buffer);
  });

  test("cannot be changed for those who get them next", () => {
    const frame = eventFrame("frozen", "payload");
    decodeOften(frame);
    const { headers } = decodeMessage(frame);
    expect(() => Object.assign(headers, { extra: 1 })).toThrow(TypeError);
    for (const header of headers.values()) expect(() => Object.assign(header, { value: "other" })).toThrow(TypeError);
    expect(decodeMessage(frame).headers.string(":event-type")).toBe("frozen");
  });

  test("are not shared when they have bytes in them", () => {
    const frame = encodeMessage({ headers: { id: "always the same", blob: hex("010203") } });
    decodeOften(frame);
    const blob = () => decodeMessage(frame).headers.get("blob")?.value as Uint8Array;
    blob().fill(0xff);
    expect(toHex(blob())).toBe("010203");
  });

  test("are remembered and not looked at where they were: Buffers are overwritten all the time", () => {
    const [one, two] = [eventFrame("overwritten", "1"), eventFrame("OVERWRITTEN", "2")];
    const buffer = Buffer.alloc(one.length);
    const decoder = new MessageDecoder();
    const seen: unknown[] = [];
    for (let i = 0; i < 4 * often; i++) {
      buffer.set(i % 3 === 0 ? two : one);
      for (const message of [...decoder.push(buffer), decodeMessage(buffer)]) {
        buffer.fill(0xee);
        seen.push(message.headers.string(":event-type"));
        buffer.set(i % 3 === 0 ? two : one);
      }
    }
    const expected = Array.from({ length: 4 * often }, (_, i) => (i % 3 === 0 ? "OVERWRITTEN" : "overwritten"));
    expect(seen).toEqual(expected.flatMap((name) => [name, name]));
  });
});

test("headers that differ from well-known ones in any one byte are their own", () => {
  const headers = concat(textHeader("name", "value"), textHeader("n2", "v2"), rawHeader("n3", 4, "00000001"));
  const frame = buildFrame({ headers, payload: utf8("payload") });
  decodeOften(frame);
  const known = plain(decodeMessage(frame));
  let decoded = 0;
  for (let at = 12; at < 12 + headers.length; at++) {
    const other = frame.slice();
    other[at]! ^= 1;
    repairCrcs(other);
    const found = decodedOrCode(other);
    if (typeof found !== "string") decoded += 1;
    expect(found).not.toEqual(known);
    expect(plain(decodeMessage(frame))).toEqual(known);
  }
  expect(decoded).toBeGreaterThan(15);
});

test("headers that begin and end as well-known ones do are their own, with others between or without", () => {
  const [first, last] = [textHeader("name", "text"), rawHeader("ab", 0)];
  const between = rawHeader("cd", 1);
  // A multiple of what is compared at once.
  expect((first.length + last.length) % 4).toBe(0);
  for (const [known, other] of [
    [concat(first, last), concat(first, between, last)],
    [concat(first, between, last), concat(first, last)],
  ] as const) {
    const frames = [known, other].map((headers) => buildFrame({ headers, payload: utf8("payload") }));
    decodeOften(frames[0]!);
    expect([...decodeMessage(frames[1]!).headers.keys()]).toEqual(
      other.length > 16 ? ["name", "cd", "ab"] : ["name", "ab"],
    );
  }
});

describe("a message with well-known headers is checked like any", () => {
  const frame = eventFrame("checked", "a payload that is here to be spoilt");
  test("every bit of it", () => {
    decodeOften(frame);
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const spoilt = frame.slice();
      spoilt[bit >> 3]! ^= 1 << (bit & 7);
      const code = bit < 12 * 8 ? "prelude_crc" : "message_crc";
      expect(thrownBy(() => decodeMessage(spoilt))).toMatchObject({ code });
    }
  });

  test("and the CRC it should have is the one of all its bytes", () => {
    decodeOften(frame);
    for (const at of [12, 30, 60, frame.length - 5, frame.length - 1]) {
      const spoilt = frame.slice();
      spoilt[at]! ^= 0x40;
      const expected = independentCrc32(spoilt.subarray(0, -4));
      expect(thrownBy(() => decodeMessage(spoilt))).toMatchObject({ code: "message_crc", expected });
    }
  });
});

describe("many different headers", () => {
  test("of which more come again than are remembered", () => {
    const frames = Array.from({ length: 500 }, (_, i) => eventFrame(`event-${i}`, `payload ${i}`));
    const decoder = new MessageDecoder();
    for (let round = 0; round < 6; round++) {
      const seen = [...decoder.push(concat(...frames))].map(({ headers }) => headers.string(":event-type"));
      expect(seen).toEqual(frames.map((_, i) => `event-${i}`));
    }
  });

  test("that one hash cannot tell apart", () => {
    // Among so many there are some.
    const bytes = concat(new Uint8Array(12), blockOf(0));
    const frame = new Frame(bytes, viewOf(bytes));
    frame.headerBytes = bytes.length - 12;
    const byHash = new Map<number, number>();
    const pairs: (readonly Uint8Array[])[] = [];
    for (let i = 1; pairs.length < 3 && i < 500_000; i++) {
      setId(frame.view, 12 + 4, i);
      const hash = hashOf(frame);
      const other = byHash.get(hash);
      if (other !== undefined) pairs.push([other, i].map(blockOf));
      byHash.set(hash, i);
    }
    expect(pairs).toHaveLength(3);
    for (const pair of pairs) {
      const frames = pair.map((headers) => buildFrame({ headers }));
      const expected = frames.map((one) => plain(decodeMessage(one)));
      expect(expected[0]).not.toEqual(expected[1]);
      for (let i = 0; i < often; i++) expect(frames.map((one) => plain(decodeMessage(one)))).toEqual(expected);
      for (let i = 0; i < often; i++) decodeMessage(frames[i < often / 2 ? 0 : 1]!);
      expect(frames.map((one) => plain(decodeMessage(one)))).toEqual(expected);
    }
  });

  test("do not keep those from being remembered that come again afterwards", () => {
    for (let i = 0; i < 5000; i++) decodeMessage(encodeMessage({ headers: { id: `one of many: ${i}` } }));
    const frame = eventFrame("after many", "payload");
    const headers = Array.from({ length: 4000 }, () => decodeMessage(frame).headers);
    expect(headers[3999]).toBe(headers[3998]);
  });
});

/** Decodes a frame, and tells whether its headers were known: by a decoder that has seen nothing yet. */
async function freshDecoder(): Promise<(frame: Uint8Array) => boolean> {
  vi.resetModules();
  const { decodeMessage: decode } = await import("../src/decode-message.ts");
  const seen = new WeakSet();
  return (frame) => {
    const { headers } = decode(frame);
    const known = seen.has(headers);
    seen.add(headers);
    return known;
  };
}

const uniqueFrame = (i: number) => buildFrame({ headers: textHeader("unique", `number ${i}`) });

describe("headers are remembered", () => {
  test("from the second time on", async () => {
    const isKnown = await freshDecoder();
    // Whatever comes behind them.
    const frames = ["1", "22", "333", ""].map((payload) => eventFrame("chunk", payload));
    expect(frames.map((frame) => isKnown(frame))).toEqual([false, false, true, true]);
  });

  test.each([
    [7, rawHeader("a", 4, "00000001"), false],
    [8, rawHeader("ab", 4, "00000001"), true],
    [1024, textHeader("a", "x".repeat(1024 - 5)), true],
    [1025, textHeader("a", "x".repeat(1025 - 5)), false],
  ])("when they are worth it, as those of %i bytes: %o", async (size, headers, worth) => {
    const isKnown = await freshDecoder();
    expect(headers).toHaveLength(size);
    for (let turn = 0; turn < 2; turn++) expect(isKnown(buildFrame({ headers }))).toBe(false);
    for (let turn = 0; turn < 3; turn++) expect(isKnown(buildFrame({ headers }))).toBe(worth);
  });

  test("of several events in turns", async () => {
    const isKnown = await freshDecoder();
    const frames = [0, 1, 2, 3].map((i) => eventFrame(`turn-${i}`, "payload"));
    for (let round = 0; round < 5; round++) {
      expect(frames.map((frame) => isKnown(frame))).toEqual(frames.map(() => round > 1));
    }
  });

  test("though a few others came before, or many afterwards", async () => {
    const isKnown = await freshDecoder();
    for (let i = 0; i < 10; i++) isKnown(uniqueFrame(i));
    const frame = eventFrame("between", "payload");
    expect([1, 2, 3].map(() => isKnown(frame))).toEqual([false, false, true]);
    for (let i = 0; i < 2000; i++) expect(isKnown(uniqueFrame(i + 10))).toBe(false);
    expect(isKnown(frame)).toBe(true);
  });

  test("later when nothing has come again for long", async () => {
    const isKnown = await freshDecoder();
    for (let i = 0; i < 5000; i++) isKnown(uniqueFrame(i));
    const frame = eventFrame("after-many", "payload");
    let times = 1;
    while (times < 5000 && !isKnown(frame)) times += 1;
    expect(times).toBeGreaterThan(10);
    expect(times).toBeLessThan(3000);
    for (let i = 0; i < 10; i++) expect(isKnown(frame)).toBe(true);
  });
});

/** How many bytes are decoded for the same text, time after time, with other bytes behind it. */
async function decodedBytes(text: string): Promise<number[]> {
  vi.resetModules();
  const { readText } = await import("../src/text-cache.ts");
  const size = utf8(text).length;
  return [1, 2, 3, 4].map((turn) => {
    const bytes = concat(utf8(text), new Uint8Array(4).fill(turn));
    return countWork(() => expect(readText(bytes, viewOf(bytes), 0, size)).toBe(text)).decodedBytes;
  });
}

describe("text that comes again and again", () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 31, 32])("is not decoded again, with %i bytes", async (size) => {
    expect(await decodedBytes("x".repeat(size - 1) + "y")).toEqual([size, size, 0, 0]);
  });

  test("is told from what it begins with", async () => {
    vi.resetModules();
    const { readText } = await import("../src/text-cache.ts");
    for (let i = 0; i < 300; i++) {
      const bytes = utf8(`${i * 7919} is the beginning of a text`.padEnd(36));
      for (const size of [32, 32, ...Array.from({ length: 32 }, (_, n) => n + 1)]) {
        expect(readText(bytes, viewOf(bytes), 0, size)).toBe(Buffer.from(bytes).toString("latin1", 0, size));
      }
    }
  });

  test("is decoded each time when it is longer or not ASCII", async () => {
    expect(await decodedBytes("x".repeat(33))).toEqual([33, 33, 33, 33]);
    expect(await decodedBytes("naïve")).toEqual([6, 6, 6, 6]);
    expect(await decodedBytes("")).toEqual([0, 0, 0, 0]);
  });

  test("is what it was, whatever has the same beginning, end and length", () => {
    const texts = [
      "same-A-same",
      "same-B-same",
      "same\0-same",
      "same-é-same",
      "samesame",
      "sam",
      "",
      "😀😀",
      "x".repeat(40),
    ];
    for (let i = 0; i < often; i++) {
      for (const text of texts) {
        const name = `${text}-name`;
        expect(roundTrip({ [name]: text }, i)).toEqual([
          [name, "string", text],
          ["unique", "string", `${i}`],
        ]);
      }
    }
  });

  test("may be the name of what every object has", () => {
    for (let i = 0; i < often; i++) {
      for (const name of ["__proto__", "constructor", "10", "1"]) {
        const { headers } = decodeMessage(
          encodeMessage({
            headers: [
              [name, name],
              ["unique", `${i}`],
            ],
          }),
        );
        expect([...headers.keys()]).toEqual([name, "unique"]);
        expect(headers.string(name)).toBe(name);
      }
    }
  });

  test("is refused each time when it is no UTF-8", () => {
    const frames = ["61c32861", "ffffffff", "616161ff"].map((value) =>
      buildFrame({ headers: rawHeader("n", 7, `0004${value}`) }),
    );
    for (let i = 0; i < often; i++) {
      for (const frame of frames) expect(thrownBy(() => decodeMessage(frame))).toMatchObject({ code: "header_utf8" });
    }
  });
});
