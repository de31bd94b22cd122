import {
  byte,
  decodeMessage,
  encodeEvent,
  encodeMessage,
  EventStreamError,
  MessageHeaders,
  timestamp,
  timestampToDate,
  uuid,
} from "@eventstream-kit/codec";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { describe, expect, test } from "vitest";
import { buildFrame, rawHeader } from "./support/build-frame.ts";
import { concat, hex, toHex, utf8 } from "./support/bytes.ts";
import { decodeEveryWay } from "./support/every-way.ts";
import type { PlainMessage } from "./support/plain.ts";
import { countWork } from "./support/work.ts";

const long = (bytes: string) => decodeMessage(hex(bytes)).headers.get("l")?.value;
const decoded = (bytes: string): PlainMessage["headers"] => decodeEveryWay(hex(bytes)).headers;

test("format case 1: an empty message is sixteen bytes", () => {
  const bytes = hex("000000100000000005c248eb7d98c8ff");
  expect(decodeEveryWay(bytes)).toEqual({ headers: [], payload: "" });
  expect(encodeMessage({})).toEqual(bytes);
});

describe("format case 4: integers at their extremes", () => {
  const extremes = [
    ["byte", 2, "80", -128],
    ["byte", 2, "7f", 127],
    ["short", 3, "8000", -32_768],
    ["short", 3, "7fff", 32_767],
    ["integer", 4, "80000000", -2_147_483_648],
    ["integer", 4, "7fffffff", 2_147_483_647],
    ["long", 5, "8000000000000000", "-9223372036854775808"],
    ["long", 5, "7fffffffffffffff", "9223372036854775807"],
    ["long", 5, "0020000000000001", "9007199254740993"],
  ] as const;
  test.each(extremes)("%s, wire type %i, %s is %s", (type, wireType, value, expected) => {
    const frame = buildFrame({ headers: rawHeader("l", wireType, value) });
    expect(decodeEveryWay(frame).headers).toEqual([["l", type, expected]]);
  });

  test("a long is an exact bigint", () => {
    const frames = {
      min: "0000001b0000000be5c0a072016c058000000000000000cfa7a646",
      max: "0000001b0000000be5c0a072016c057fffffffffffffff8bc1a633",
      odd: "0000001b0000000be5c0a072016c05002000000000000124262a96",
    };
    expect(long(frames.min)).toBe(-(2n ** 63n));
    expect(long(frames.max)).toBe(2n ** 63n - 1n);
    expect(long(frames.odd)).toBe(2n ** 53n + 1n);
    for (const frame of Object.values(frames)) decodeEveryWay(hex(frame));
  });
});

test("format case 5: a byte of -128 beside a short of -32768", () => {
  expect(decoded("0000001900000009710e923e0162028001730380003155449b")).toEqual([
    ["b", "byte", -128],
    ["s", "short", -32_768],
  ]);
});

test("format case 6: a timestamp of -1 ms is one millisecond before 1970", () => {
  const bytes = "0000001b0000000be5c0a072017408ffffffffffffffff1dcc05a2";
  expect(decoded(bytes)).toEqual([["t", "timestamp", "-1"]]);
  expect(timestampToDate(-1n)).toEqual(new Date(-1));
});

test("format case 7: a timestamp beyond what a Date can hold is kept, but makes no Date", () => {
  const bytes = "0000001b0000000be5c0a072017408001eb208c2dc000126e9c1b4";
  expect(decoded(bytes)).toEqual([["t", "timestamp", "8640000000000001"]]);
  expect(() => timestampToDate(8_640_000_000_000_001n)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  expect(() => timestampToDate(-8_640_000_000_000_001n)).toThrow(EventStreamError);
  expect(timestampToDate(8_640_000_000_000_000n).getTime()).toBe(8.64e15);
  expect(timestampToDate(-8_640_000_000_000_000n).getTime()).toBe(-8.64e15);
  for (const value of [5, "5", undefined]) {
    expect(() => timestampToDate(value as never)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  }
});

test("format case 8: milliseconds survive, fractions of them are refused", () => {
  const date = new Date("2023-04-07T12:34:56.789Z");
  const { headers } = decodeMessage(encodeMessage({ headers: { a: date, b: timestamp(date.getTime()) } }));
  expect(timestampToDate(headers.get("a")!.value as bigint)).toEqual(date);
  expect(headers.get("b")).toEqual(headers.get("a"));
  expect(() => timestamp(1.5)).toThrow(expect.objectContaining({ code: "encode_range" }));
  expect(() => encodeMessage({ headers: { t: { type: "timestamp", value: 0.5 } } })).toThrow(
    expect.objectContaining({ code: "encode_range", header: "t" }),
  );
});

test("format case 9: a UUID's text has the order of its bytes", () => {
  const bytes = "000000230000001367fdcb63017509000102030405060708090a0b0c0d0e0ffc2a8689";
  const text = "00010203-0405-0607-0809-0a0b0c0d0e0f";
  expect(decoded(bytes)).toEqual([["u", "uuid", text]]);
  expect(toHex(encodeMessage({ headers: { u: uuid(text.toUpperCase()) } }))).toBe(bytes);
  expect(toHex(encodeMessage({ headers: { u: { type: "uuid", value: text.toUpperCase() } } }))).toBe(bytes);
});

test("format case 10: a string and a byte array of zero bytes", () => {
  expect(decoded("0000001500000005bd483314016107000034fdc67b")).toEqual([["a", "string", ""]]);
  expect(decoded("0000001500000005bd4833140161060000353fac4c")).toEqual([["a", "binary", ""]]);
});

describe("format case 11: a header name of 255 bytes", () => {
  test.each([
    ["255 letters", "n".repeat(255)],
    ["85 characters of three bytes", "水".repeat(85)],
  ])("%s", (_, name) => {
    const frame = buildFrame({ headers: rawHeader(name, 0) });
    expect(decodeEveryWay(frame).headers).toEqual([[name, "boolean", true]]);
    expect(encodeMessage({ headers: { [name]: true } })).toEqual(frame);
    expect(() => encodeMessage({ headers: { [`${name}x`]: true } })).toThrow(
      expect.objectContaining({ code: "encode_limit", limit: "name", expected: 255, received: 256 }),
    );
  });
});

test("format case 12: a byte order mark is part of a value", () => {
  const bytes = "0000001b0000000be5c0a0720161070006efbbbf6162632b35e3de";
  expect(decoded(bytes)).toEqual([["a", "string", "\uFEFFabc"]]);
  expect(toHex(encodeMessage({ headers: { a: "\uFEFFabc" } }))).toBe(bytes);
});

test("format case 13: characters outside the basic plane, and NUL", () => {
  const headers = [
    ["🦄", "string", "a🎉b"],
    ["\0", "string", "\0x\0"],
  ] as const;
  const bytes = encodeMessage({ headers: headers.map(([name, , value]) => [name, value]) });
  expect(toHex(bytes)).toContain(toHex(concat(utf8("🦄"), Uint8Array.of(7, 0, 6), utf8("a🎉b"))));
  expect(decodeEveryWay(bytes).headers).toEqual(headers);
});

test("format case 14: names of Object's own are only names", () => {
  const bytes = "0000001e0000000e5d4adb8d095f5f70726f746f5f5f070001782ae3eae2";
  expect(decoded(bytes)).toEqual([["__proto__", "string", "x"]]);

  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "a"];
  const { headers } = decodeMessage(encodeMessage({ headers: names.map((name) => [name, `<${name}>`]) }));
  expect([...headers.keys()]).toEqual(names);
  for (const name of names) expect(headers.string(name)).toBe(`<${name}>`);
  expect(headers.has("valueOf")).toBe(false);
  expect(Object.getPrototypeOf(headers)).toBe(MessageHeaders.prototype);
  expect(Object.keys(Object.prototype)).toEqual([]);
  // JSON.parse makes `__proto__` a property like any other, and the encoder takes it as one.
  const object = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
  expect(toHex(encodeMessage({ headers: object }))).toBe(bytes);
});

test("format case 15: names that look like integers keep their order", () => {
  const bytes = encodeMessage({ headers: ["2", "1", "10"].map((name) => [name, byte(Number(name))]) });
  expect(decodeEveryWay(bytes).headers.map(([name]) => name)).toEqual(["2", "1", "10"]);
});

function flags(count: number): Uint8Array {
  return buildFrame({ headers: concat(...Array.from({ length: count }, (_, i) => rawHeader(`header ${i}`, i % 2))) });
}

describe("format case 16: 10,000 headers in one block", () => {
  test("all are there", () => {
    const { headers } = decodeMessage(flags(10_000), { limits: "specification" });
    expect(headers.size).toBe(10_000);
    expect([...headers.keys()].at(-1)).toBe("header 9999");
    expect(headers.get("header 9999")).toEqual({ type: "boolean", value: false });
  });

  test("twice the headers are twice the work", () => {
    const [half, whole] = [flags(5_000), flags(10_000)].map((frame) => countWork(() => decodeMessage(frame)));
    expect(whole!.decodedBytes).toBe(10_000 * 7 + 38_890);
    expect(whole!.decodedBytes).toBeLessThan(2.1 * half!.decodedBytes);
    expect(whole!.lookups).toBe(2 * half!.lookups);
  });
});

const lambdaHeaders = (event: string, contentType: string) => [
  [":event-type", "string", event],
  [":content-type", "string", contentType],
  [":message-type", "string", "event"],
];

test("format case 20: Lambda's chunk", () => {
  const bytes =
    "0000006f0000005af5fe871f0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e7448656c6c6fe8263d64";
  expect(decodeEveryWay(hex(bytes))).toEqual({
    headers: lambdaHeaders("PayloadChunk", "application/octet-stream"),
    payload: toHex(utf8("Hello")),
  });
  expect(toHex(encodeEvent({ event: "PayloadChunk", payload: utf8("Hello") }))).toBe(bytes);
});

describe("format case 21: Lambda's last message", () => {
  const bytes =
    "00000066000000541f56c8690b3a6576656e742d7479706507000e496e766f6b65436f6d706c6574650d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b7d7006d467";

  test("without members", () => {
    expect(decodeEveryWay(hex(bytes))).toEqual({
      headers: lambdaHeaders("InvokeComplete", "application/json"),
      payload: toHex(utf8("{}")),
    });
    expect(toHex(encodeEvent({ event: "InvokeComplete", json: {} }))).toBe(bytes);
  });

  test.each([
    ["no members", {}],
    ["null members", { ErrorCode: null, ErrorDetails: null, LogResult: null }],
    ["members of a later version", { BilledDurationMs: 3, Trace: { id: "1-2-3" } }],
  ])("ends a stream with %s", async (_, json) => {
    const chunk = encodeEvent({ event: "PayloadChunk", payload: utf8("Hello") });
    const stream = readLambdaStream([chunk, encodeEvent({ event: "InvokeComplete", json })]);
    expect(await stream.text()).toBe("Hello");
    expect(stream.logResult).toBeUndefined();
  });
});
