import {
  decodeMessage,
  encodeEvent,
  encodeMessage,
  EventStreamError,
  messageFromJson,
  MessageHeaders,
  messageToJson,
} from "@eventstream-kit/codec";
import type { HeaderValue, Message, MessageInput } from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyCharacter } from "./support/arbitraries.ts";
import { hex, utf8 } from "./support/bytes.ts";
import { thrownBy } from "./support/thrown.ts";

const message = (input: MessageInput) => decodeMessage(encodeMessage(input, { limits: "wire" }));

/** To JSON text and back. */
const lineOf = (input: Message) => JSON.stringify(messageToJson(input));
const fromLine = (line: string) => messageFromJson(JSON.parse(line));

describe("the line of an event", () => {
  test.each([
    [
      encodeEvent({ event: "PayloadChunk", payload: utf8("Hello") }),
      '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"Hello"}',
    ],
    [
      encodeEvent({ event: "InvokeComplete", json: { LogResult: "U1RBUlQ=" } }),
      '{"k":"frame","event":"InvokeComplete","ct":"application/json","json":{"LogResult":"U1RBUlQ="}}',
    ],
    [
      encodeEvent({ event: "PayloadChunk", payload: hex("89504e47ff") }),
      '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","b64":"iVBOR/8="}',
    ],
    [encodeEvent({ event: "Empty", text: "" }), '{"k":"frame","event":"Empty","ct":"text/plain"}'],
  ])("%#", (bytes, line) => {
    expect(lineOf(decodeMessage(bytes))).toBe(line);
    expect(encodeMessage(fromLine(line))).toEqual(bytes);
  });

  const names = { ":event-type": "e", ":content-type": "t", ":message-type": "event" };
  test.each<[string, MessageInput["headers"]]>([
    ["no header", {}],
    ["one header too few", { ":event-type": "e", ":message-type": "event" }],
    ["one too many", { ...names, more: true }],
    ["another order", { ":message-type": "event", ":event-type": "e", ":content-type": "t" }],
    ["an exception", { ...names, ":message-type": "exception" }],
    ["a name of bytes", { ...names, ":event-type": utf8("e") }],
    ["a message type of bytes", { ...names, ":message-type": utf8("event") }],
    ["other names", { ":Event-Type": "e", ":content-type": "t", ":message-type": "event" }],
  ])("is not short with %s", (_, headers) => {
    const input = message({ headers, payload: "p" });
    const json = messageToJson(input);
    expect(Object.keys(json)).toEqual(["k", "headers", "text"]);
    expect(json.headers).toHaveLength(input.headers.size);
    expect(messageFromJson(json)).toEqual(input);
  });
});

describe("headers", () => {
  const all: [string, HeaderValue][] = [
    ["yes", { type: "boolean", value: true }],
    ["no", { type: "boolean", value: false }],
    ["byte", { type: "byte", value: -128 }],
    ["short", { type: "short", value: 32_767 }],
    ["integer", { type: "integer", value: -2_147_483_648 }],
    ["long", { type: "long", value: 9_007_199_254_740_993n }],
    ["least", { type: "long", value: -(2n ** 63n) }],
    ["binary", { type: "binary", value: Uint8Array.of(0, 255) }],
    ["empty", { type: "binary", value: new Uint8Array() }],
    ["string", { type: "string", value: "\uFEFF\0é😀" }],
    ["time", { type: "timestamp", value: 2n ** 63n - 1n }],
    ["uuid", { type: "uuid", value: "00010203-0405-0607-0809-0a0b0c0d0e0f" }],
    ["__proto__", { type: "string", value: "" }],
  ];

  test("of every type", () => {
    const input: Message = { headers: new MessageHeaders(all), payload: new Uint8Array() };
    const line = lineOf(input);
    expect(line).toBe(
      '{"k":"frame","headers":[["yes","boolean",true],["no","boolean",false],["byte","byte",-128],["short","short",32767],' +
        '["integer","integer",-2147483648],["long","long","9007199254740993"],["least","long","-9223372036854775808"],' +
        '["binary","binary","AP8="],["empty","binary",""],["string","string","\uFEFF\\u0000é😀"],' +
        '["time","timestamp","9223372036854775807"],["uuid","uuid","00010203-0405-0607-0809-0a0b0c0d0e0f"],' +
        '["__proto__","string",""]]}',
    );
    expect(encodeMessage(fromLine(line))).toEqual(encodeMessage(input));
    expect([...fromLine(line).headers]).toEqual(all);
  });
});

describe("payloads", () => {
  test.each<["json" | "text", string]>([
    ["json", '{"a":[1,2.5,null,true,"é"]}'],
    ["json", "42"],
    ["json", '"text"'],
    ["json", "null"],
    ["json", '{"__proto__":{"a":1},"constructor":2}'],
    ["json", '"\\ud800"'],
    ["json", '{"key":"$b64json","other":"\\"$b64text\\":"}'],
    ["json", '{"$b64":1,"x$b64json":2,"{\\"$b64json":3}'],
    ["text", '{"a": 1}'],
    ["text", '{"a":1.0}'],
    ["text", '{"10":1,"2":2}'],
    ["text", '{"a":1,"a":1}'],
    ["text", "9007199254740993"],
    ["text", "-0"],
    ["text", "1e400"],
    ["text", "1e2"],
    ["text", '"\\u00e9"'],
    ["text", '"\\/"'],
    ["text", "\uFEFF{}"],
    ["text", "{}\n"],
    ["text", " "],
    ["text", "Hello"],
    ["text", '{"bytes":{"$b64json":{}}}'],
    ["text", '{"$b64text":"aa"}'],
    ["text", '{"a":1,"$b64json":2}'],
    ["text", '[{"$b64text":""}]'],
    ["text", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
  ])("%s: %s", (member, payload) => {
    const input = message({ payload });
    const json = messageToJson(input);
    expect(Object.keys(json)).toEqual(["k", "headers", member]);
    expect(fromLine(JSON.stringify(json)).payload).toEqual(utf8(payload));
  });

  test.each(["ff", "c080", "eda080", "e282", "f4908080"])("bytes that are no text: %s", (bytes) => {
    const json = messageToJson(message({ payload: hex(bytes) }));
    expect(Object.keys(json)).toEqual(["k", "headers", "b64"]);
    expect(messageFromJson(json).payload).toEqual(hex(bytes));
  });

  test("base64 of every length and of a mebibyte is as the platform has it", () => {
    const large = new Uint8Array(2 ** 20 + 1).map((_, i) => ((i * 31) ^ (i >> 8)) | 0x80);
    for (const bytes of [...Array.from({ length: 20 }, (_, i) => large.slice(0, i + 1)), large]) {
      const json = messageToJson(message({ payload: bytes }));
      expect(json.b64).toBe(Buffer.from(bytes).toString("base64"));
      expect(messageFromJson(json).payload).toEqual(bytes);
    }
  });
});

describe("any message survives", () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const text = fc.string({ unit: anyCharacter });
  const value = fc.oneof<fc.Arbitrary<HeaderValue>[]>(
    fc.record({ type: fc.constant("boolean"), value: fc.boolean() }),
    fc.record({ type: fc.constant("byte"), value: fc.integer({ min: -128, max: 127 }) }),
    fc.record({ type: fc.constant("short"), value: fc.integer({ min: -32_768, max: 32_767 }) }),
    fc.record({ type: fc.constant("integer"), value: fc.integer() }),
    fc.record({ type: fc.constant("long"), value: int64 }),
    fc.record({ type: fc.constant("binary"), value: fc.uint8Array() }),
    fc.record({ type: fc.constant("string"), value: text }),
    fc.record({ type: fc.constant("timestamp"), value: int64 }),
    fc.record({ type: fc.constant("uuid"), value: fc.uuid() }),
  );
  const name = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 });
  const headers = fc.oneof(
    fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 12 }),
    fc.tuple(text, text).map(([event, type]): [string, HeaderValue][] => [
      [":event-type", { type: "string", value: event }],
      [":content-type", { type: "string", value: type }],
      [":message-type", { type: "string", value: "event" }],
    ]),
  );
  const payload = fc.oneof(
    fc.uint8Array(),
    text,
    fc.json(),
    fc.jsonValue().map((json) => JSON.stringify(json)),
    fc.jsonValue().map((json) => JSON.stringify({ a: json, $b64json: json })),
  );

  test("to JSON text and back", () => {
    fc.assert(
      fc.property(headers, payload, (pairs, body) => {
        const bytes = encodeMessage({ headers: pairs, payload: body }, { limits: "wire" });
        const line = lineOf(decodeMessage(bytes));
        const again = fromLine(line);
        expect(encodeMessage(again, { limits: "wire" })).toEqual(bytes);
        expect(lineOf(again)).toBe(line);
      }),
      { numRuns: 2000 },
    );
  });

  test("whatever is no message gets an EventStreamError", () => {
    const outcomes = new Set<unknown>();
    const member = fc.oneof(fc.jsonValue(), fc.constantFrom("frame", "binary", "long", "AA==", "5", undefined));
    const line = fc.record(
      {
        k: fc.constant("frame"),
        event: member,
        ct: member,
        headers: fc.oneof(member, fc.array(fc.array(member))),
        json: member,
        text: member,
        b64: member,
      },
      { requiredKeys: ["k"] },
    );
    // A good line with one member replaced: what a slip of an editor makes.
    const edited = fc
      .tuple(headers, payload, fc.constantFrom("k", "event", "ct", "headers", "json", "text", "b64", "note"), member)
      .map(([pairs, body, edit, replacement]) =>
        Object.assign(messageToJson(message({ headers: pairs, payload: body })), { [edit]: replacement }),
      );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), line, edited), (input) => {
        const error = thrownBy(() => encodeMessage(messageFromJson(input), { limits: "wire" }));
        outcomes.add(error instanceof EventStreamError ? "refused" : (error ?? "taken"));
      }),
      { numRuns: 2000 },
    );
    expect(outcomes).toEqual(new Set(["refused", "taken"]));
  });
});
