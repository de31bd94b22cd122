import type { EncodeErrorCode, HeaderInput, HeadersInput, HeaderValue, MessageInput } from "@eventstream-kit/codec";
import {
  byte,
  decodeMessage,
  encodedLength,
  encodeMessage,
  EventStreamError,
  int32,
  long,
  MessageHeaders,
  short,
  timestamp,
  uuid,
} from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyMessage } from "./support/arbitraries.ts";
import { buildFrame, rawHeader } from "./support/build-frame.ts";
import { concat, toHex, utf8 } from "./support/bytes.ts";
import { plain } from "./support/plain.ts";
import { thrownBy } from "./support/thrown.ts";

/** The error for a header value that types would refuse too. */
function refuseValue(value: unknown, code: EncodeErrorCode): EventStreamError {
  const error = thrownBy(() => encodeMessage({ headers: { h: value as HeaderInput } }));
  expect(error).toBeInstanceOf(EventStreamError);
  expect(error).toMatchObject({ code, header: "h" });
  return error as EventStreamError;
}

const onlyHeader = (value: HeaderInput) => decodeMessage(encodeMessage({ headers: { h: value } })).headers.get("h");

describe("format case 51: numbers out of range", () => {
  const integers = [
    ["byte", byte, 127],
    ["short", short, 32_767],
    ["integer", int32, 2_147_483_647],
  ] as const;
  test.each(integers)("%s", (type, make, max) => {
    for (const value of [max + 1, -max - 2, Number.NaN, 1.5, Infinity, -Infinity, 2 ** 53]) {
      const error = refuseValue({ type, value }, "encode_range");
      expect(error.message).toContain(`found the number ${value}, expected an integer from ${-max - 1} to ${max}`);
      expect(thrownBy(() => make(value))).toMatchObject({ code: "encode_range" });
    }
    for (const value of [max, -max - 1, 0]) expect(onlyHeader(make(value))).toEqual({ type, value });
    expect(onlyHeader(make(-0))).toEqual({ type, value: 0 });
  });

  test.each([
    ["long", long],
    ["timestamp", timestamp],
  ] as const)("%s", (type, make) => {
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n, Number.NaN, 1.5, Infinity, 2 ** 53]) {
      refuseValue({ type, value }, "encode_range");
      expect(thrownBy(() => make(value))).toMatchObject({ code: "encode_range" });
    }
    for (const value of [2n ** 63n - 1n, -(2n ** 63n)]) expect(onlyHeader(make(value))).toEqual({ type, value });
    expect(onlyHeader(make(-0))).toEqual({ type, value: 0n });
  });

  test("a bare bigint", () => {
    refuseValue(2n ** 63n, "encode_range");
    expect(onlyHeader(-5n)).toEqual({ type: "long", value: -5n });
  });
});

describe("format case 52: values of the wrong type", () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ["text for a boolean", { type: "boolean", value: "false" }],
    ["0 for a boolean", { type: "boolean", value: 0 }],
    ["text for a byte", { type: "byte", value: "1" }],
    ["a bigint for a short", { type: "short", value: 1n }],
    ["nothing for an integer", { type: "integer" }],
    ["text for a long", { type: "long", value: "1" }],
    ["text for a timestamp", { type: "timestamp", value: "2023-04-07" }],
    ["an array for bytes", { type: "binary", value: [1, 2] }],
    ["a DataView for bytes", { type: "binary", value: new DataView(new ArrayBuffer(2)) }],
    ["a Uint16Array for bytes", { type: "binary", value: new Uint16Array(2) }],
    ["bytes for a string", { type: "string", value: utf8("text") }],
    ["an unknown type", { type: "float", value: 1.5 }],
    ["a wire type", { type: 7, value: "text" }],
    ["no type", { value: "text" }],
    ["an invalid Date", new Date(Number.NaN)],
    ["an invalid Date as a timestamp", { type: "timestamp", value: new Date(Number.NaN) }],
    ["bytes for a UUID", { type: "uuid", value: new Uint8Array(16) }],
    ["a UUID for bytes", { type: "binary", value: "00010203-0405-0607-0809-0a0b0c0d0e0f" }],
    ["a UUID for a long", { type: "long", value: "00010203-0405-0607-0809-0a0b0c0d0e0f" }],
    ["a short UUID", { type: "uuid", value: "00010203-0405-0607-0809-0a0b0c0d0e0" }],
    ["a UUID without hyphens", { type: "uuid", value: "000102030405060708090a0b0c0d0e0f" }],
    ["a UUID with a G", { type: "uuid", value: "00010203-0405-0607-0809-0a0b0c0d0e0g" }],
    ["a UUID in braces", { type: "uuid", value: "{00010203-0405-0607-0809-0a0b0c0d0e0f}" }],
    ["a UUID behind a blank", { type: "uuid", value: " 00010203-0405-0607-0809-0a0b0c0d0e0f" }],
    ["a UUID and a line feed", { type: "uuid", value: "00010203-0405-0607-0809-0a0b0c0d0e0f\n" }],
    ["a lone high surrogate", "a\uD800b"],
    ["a lone low surrogate", "\uDC00"],
    ["surrogates the wrong way round", "\uDC00\uD800"],
    ["two low surrogates", "\uDC00\uDC00"],
    ["a high surrogate before a private character", "\uD800\uE000"],
    ["a high surrogate before a letter", "\uD800a"],
    ["a high surrogate at the end", { type: "string", value: "a\uDBFF" }],
    ["undefined", undefined],
    ["null", null],
    ["a function", () => "text"],
    ["a symbol", Symbol("text")],
    ["an array", ["text"]],
    ["an ArrayBuffer", new ArrayBuffer(2)],
  ];
  test.each(wrong)("%s", (_, value) => {
    expect(refuseValue(value, "encode_type").message).toMatch(/^Encoding header "h": found .+, expected .+[^.]$/);
  });

  test("a bare number, which could be any of four types, names the helpers", () => {
    for (const value of [5, 0, -1, 1.5, Number.NaN]) {
      expect(refuseValue(value, "encode_type").message).toContain("byte(), short(), int32() or long()");
    }
  });

  test("anything else names what there is to choose from", () => {
    for (const value of [undefined, null, () => "text", Symbol("text"), ["text"], new Map(), Promise.resolve("text")]) {
      const choice = "expected a string, boolean, Uint8Array, bigint, Date or { type, value }";
      expect(refuseValue(value, "encode_type").message).toContain(choice);
    }
    expect(refuseValue(["text"], "encode_type").message).toContain("found an array");
  });

  test("a bare number is an error of types too", () => {
    // @ts-expect-error -- 5 says nothing about its width
    expect(thrownBy(() => encodeMessage({ headers: { n: 5 } }))).toMatchObject({ code: "encode_type", header: "n" });
  });

  test("helpers refuse at once", () => {
    const calls = {
      "byte()": () => byte("1" as unknown as number),
      "short()": () => short(1n as unknown as number),
      "int32()": () => int32(undefined as unknown as number),
      "long()": () => long("1" as unknown as bigint),
      "timestamp()": () => timestamp(new Date(Number.NaN)),
      "uuid()": () => uuid("not one"),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = thrownBy(call);
      expect(error).toMatchObject({ code: "encode_type", message: expect.stringContaining(`${name}: found `) });
      // There is no header yet.
      expect(error).not.toHaveProperty("header");
    }
  });

  test.each<[string, unknown]>([
    ["no message", undefined],
    ["a message of text", "text"],
    ["headers of text", { headers: "text" }],
    ["no headers", { headers: null }],
    ["headers that are no pairs", { headers: [1, 2] }],
    ["headers that are text pairs", { headers: ["ab"] }],
    ["a name that is none", { headers: [[1, "text"]] }],
    ["a name with a lone surrogate", { headers: { "a\uD800": "text" } }],
    ["a payload that is no payload", { payload: { a: 1 } }],
    ["a payload of null", { payload: null }],
    ["a payload of an ArrayBuffer", { payload: new ArrayBuffer(2) }],
    ["a payload with a lone surrogate", { payload: "a\uD800" }],
  ])("%s", (_, message) => {
    const error = thrownBy(() => encodeMessage(message as MessageInput));
    expect(error).toBeInstanceOf(EventStreamError);
    expect(error).toMatchObject({ code: "encode_type", message: expect.stringMatching(/^Encoding .+: found .+, exp/) });
  });
});

test("format case 53: a long is a bigint, or a number that is a safe integer", () => {
  expect(onlyHeader(long(2 ** 53 - 1))).toEqual({ type: "long", value: 9_007_199_254_740_991n });
  expect(onlyHeader(long(-(2 ** 53 - 1)))).toEqual({ type: "long", value: -9_007_199_254_740_991n });
  expect(onlyHeader({ type: "long", value: 7 })).toEqual({ type: "long", value: 7n });
  expect(onlyHeader(long(2n ** 53n + 1n))).toEqual({ type: "long", value: 9_007_199_254_740_993n });
  refuseValue({ type: "long", value: 2 ** 53 }, "encode_range");
});

describe("format case 54: the encoder's bytes", () => {
  const entries: readonly (readonly [string, HeaderInput])[] = [
    ["flag", true],
    ["off", false],
    ["b", byte(-2)],
    ["s", short(258)],
    ["i", int32(-2)],
    ["l", 72_623_859_790_382_856n],
    ["bin", Uint8Array.of(1, 2)],
    ["str", "é"],
    ["t", new Date(1)],
    ["u", uuid("00010203-0405-0607-0809-0A0B0C0D0E0F")],
  ];
  const block = concat(
    rawHeader("flag", 0),
    rawHeader("off", 1),
    rawHeader("b", 2, "fe"),
    rawHeader("s", 3, "0102"),
    rawHeader("i", 4, "fffffffe"),
    rawHeader("l", 5, "0102030405060708"),
    rawHeader("bin", 6, "00020102"),
    rawHeader("str", 7, "0002c3a9"),
    rawHeader("t", 8, "0000000000000001"),
    rawHeader("u", 9, "000102030405060708090a0b0c0d0e0f"),
  );
  const bytes = buildFrame({ headers: block, payload: utf8("héllo") });

  test.each<[string, HeadersInput]>([
    ["pairs", entries],
    ["a generator of pairs", entries.values()],
    ["a Map", new Map(entries)],
    ["an object", Object.fromEntries(entries)],
    ["an object without a prototype", Object.assign(Object.create(null) as object, Object.fromEntries(entries))],
    ["MessageHeaders", decodeMessage(bytes).headers],
  ])("are the same for headers as %s", (_, headers) => {
    expect(toHex(encodeMessage({ headers, payload: "héllo" }))).toBe(toHex(bytes));
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });

  test("are the input's again for any message that was decoded", () => {
    fc.assert(
      fc.property(anyMessage(), (message) => {
        const once = encodeMessage(message);
        expect(toHex(encodeMessage(decodeMessage(once)))).toBe(toHex(once));
        expect(toHex(encodeMessage(message))).toBe(toHex(once));
      }),
    );
  });
});

describe("format case 55: the encoder and its input", () => {
  test("frozen input is taken and nothing of it changes", () => {
    const value = Object.freeze({ type: "uuid", value: "ABCDEFAB-0000-0000-0000-000000000000" } as const);
    const pair = Object.freeze(["u", value] as const);
    const message = Object.freeze({ headers: Object.freeze([pair]), payload: "x" });
    expect(decodeMessage(encodeMessage(message)).headers.get("u")?.value).toBe(value.value.toLowerCase());
    expect(message).toEqual({
      headers: [["u", { type: "uuid", value: "ABCDEFAB-0000-0000-0000-000000000000" }]],
      payload: "x",
    });
  });

  test("the result shares no memory with the input", () => {
    const payload = Uint8Array.of(1, 2, 3);
    const blob = Buffer.from([4, 5, 6]);
    const bytes = encodeMessage({ headers: { blob }, payload });
    const before = toHex(bytes);
    payload.fill(0xff);
    blob.fill(0xff);
    expect(toHex(bytes)).toBe(before);
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  test("each value is read once, so that what was checked is what is written", () => {
    let reads = 0;
    const shifty = {
      type: "string",
      get value() {
        return "x".repeat(++reads);
      },
    } as HeaderValue;
    expect(onlyHeader(shifty)).toEqual({ type: "string", value: "x" });
  });
});

describe("format case 56: encodedLength", () => {
  test("is the length of 1,000 random messages", () => {
    fc.assert(
      fc.property(anyMessage(), (message) => {
        expect(encodedLength(message)).toBe(encodeMessage(message).length);
      }),
      { numRuns: 1000 },
    );
  });

  test("throws what encodeMessage would", () => {
    expect(thrownBy(() => encodedLength({ payload: "\uD800" }))).toMatchObject({ code: "encode_type" });
    expect(thrownBy(() => encodedLength({ payload: new Uint8Array(25_165_825) }))).toMatchObject({
      code: "encode_limit",
    });
    expect(encodedLength({ payload: new Uint8Array(25_165_825) }, { limits: "wire" })).toBe(25_165_841);
  });
});

test("a UUID has digits and hyphens in their places, and nothing else", () => {
  const upper = "0123ABCD-89EF-ABCD-0000-CDEFCDEF4567";
  expect(uuid(upper)).toEqual({ type: "uuid", value: upper.toLowerCase() });
  const right = "0123abcd-89ef-ABCD-0000-cdefCDEF4567";
  for (const at of [0, 7, 8, 9, 13, 18, 23, 24, 35]) {
    for (let unit = 0; unit < 0x180; unit++) {
      const text = right.slice(0, at) + String.fromCharCode(unit) + right.slice(at + 1);
      const valid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
      const found = valid ? onlyHeader(uuid(text)) : thrownBy(() => uuid(text));
      expect(found).toMatchObject(valid ? { type: "uuid", value: text.toLowerCase() } : { code: "encode_type" });
    }
  }
});

test("the first and the last characters of each length of UTF-8", () => {
  for (const code of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xffff, 0x1_0000, 0x10_ffff]) {
    const text = String.fromCodePoint(code);
    const length = 16 + utf8(text).length;
    expect(encodedLength({ payload: text })).toBe(length);
    expect(onlyHeader(`${text}${text}`)).toEqual({ type: "string", value: text + text });
    expect(toHex(decodeMessage(encodeMessage({ payload: text })).payload)).toBe(toHex(utf8(text)));
  }
});

test("surrogates make a character in pairs, high before low, and are refused otherwise", () => {
  const units = [0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000].map((unit) => String.fromCharCode(unit));
  for (const text of units.flatMap((first) =>
    ["", ...units].flatMap((second) => [first + second, `${first}${second}x`]),
  )) {
    const valid = !/\p{Surrogate}/u.test(text);
    const found = valid ? onlyHeader(text) : thrownBy(() => onlyHeader(text));
    expect(found).toMatchObject(valid ? { type: "string", value: text } : { code: "encode_type" });
  }
});

test("text of every length of UTF-8, as name, value and payload", () => {
  for (const text of ["a", "é", "水", "🦄", "aé水🦄\0".repeat(20)]) {
    const bytes = encodeMessage({ headers: { [text]: text }, payload: text });
    const { headers, payload } = decodeMessage(bytes);
    expect(plain({ headers, payload })).toEqual({ headers: [[text, "string", text]], payload: toHex(utf8(text)) });
  }
});

test("a name that is no text is told from a name that is no Unicode", () => {
  const [number, surrogate] = [[[1, "text"]], [["\uD800", "text"]]].map((headers) =>
    thrownBy(() => encodeMessage({ headers: headers as unknown as HeadersInput })),
  );
  expect((number as Error).message).toBe("Encoding headers: found an array, expected pairs of a name and a value");
  expect((surrogate as Error).message).toContain("found a name with a lone surrogate");
});

test("MessageHeaders are made of what the encoder takes, and checked alike", () => {
  const headers = new MessageHeaders({ a: "x", n: byte(1), l: 2n });
  expect([...headers]).toEqual([
    ["a", { type: "string", value: "x" }],
    ["n", { type: "byte", value: 1 }],
    ["l", { type: "long", value: 2n }],
  ]);
  const twice: HeadersInput = [
    ["a", byte(1)],
    ["a", byte(2)],
  ];
  expect(thrownBy(() => new MessageHeaders(twice))).toMatchObject({ code: "encode_duplicate", header: "a" });
  for (const input of ["text", 5, null, [1], { a: 5 }, { a: undefined }]) {
    expect(thrownBy(() => new MessageHeaders(input as HeadersInput))).toMatchObject({ code: "encode_type" });
  }
  expect(new MessageHeaders().size).toBe(0);
});

test("limits that are none are refused", () => {
  const options = { limits: "none" as "wire" };
  expect(thrownBy(() => encodeMessage({}, options))).toMatchObject({ code: "invalid_argument" });
});

function headersOf(text: string): MessageHeaders {
  return decodeMessage(encodeMessage({ headers: { text, n: "next" } })).headers;
}

test("text of every length, with and without a character that is not ASCII at any place", () => {
  for (let length = 0; length <= 70; length++) {
    const ascii = Array.from({ length }, (_, i) => String.fromCharCode((i * 37 + length) % 128)).join("");
    expect(headersOf(ascii).string("text")).toBe(ascii);
    for (let at = 0; at < length; at += 3) {
      const other = `${ascii.slice(0, at)}é${ascii.slice(at + 1)}`;
      expect([...headersOf(other)].map(([, { value }]) => value)).toEqual([other, "next"]);
    }
  }
});
