import {
  fixCassetteText,
  formatCassette,
  formatCassetteText,
  itemBytes,
  itemFromLine,
  itemLine,
  parseCassette,
} from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hexOf, utf8 } from "./support/bytes.ts";
import { cassetteOf, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame } from "./support/frames.ts";
import { thrown } from "./support/thrown.ts";

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64");
const payloadOf = (payload: string): string => {
  const item = recorded([chunkFrame(payload)]).items[0]!;
  const { k: _, event: __, ct: ___, ...members } = JSON.parse(itemLine(item)) as Record<string, unknown>;
  return JSON.stringify(members);
};
const frameLine = (json: string) => `{"k":"frame","event":"chunk","ct":"application/json","json":${json}}`;

describe("base64 in JSON is opened", () => {
  const ping = base64('{"type":"ping"}');
  test.each<[name: string, payload: string, line: string]>([
    ["Lambda's log", `{"LogResult":"U1RBUlQ="}`, `{"json":{"LogResult":{"$b64text":"START"}}}`],
    [
      "a log with lines, tabs and colours",
      `{"LogResult":"${base64("START\tid\r\n\u001b[31mred\u001b[0m é\n")}"}`,
      String.raw`{"json":{"LogResult":{"$b64text":"START\tid\r\n\u001b[31mred\u001b[0m é\n"}}}`,
    ],
    ["a Bedrock event", `{"bytes":"${ping}","p":"ab"}`, `{"json":{"bytes":{"$b64json":{"type":"ping"}},"p":"ab"}}`],
    ["in a list", `[["${ping}"]]`, `{"json":[[{"$b64json":{"type":"ping"}}]]}`],
    ["a string alone", `"${ping}"`, `{"json":{"$b64json":{"type":"ping"}}}`],
    [
      "base64 in base64",
      `{"a":"${base64(`{"b":"${base64("[1,2,3]")}"}`)}"}`,
      `{"json":{"a":{"$b64json":{"b":{"$b64json":[1,2,3]}}}}}`,
    ],
    [
      "JSON with blanks, as text",
      `{"a":"${base64('{"b": 1}')}"}`,
      String.raw`{"json":{"a":{"$b64text":"{\"b\": 1}"}}}`,
    ],
    ["beside __proto__", `{"__proto__":"${ping}"}`, `{"json":{"__proto__":{"$b64json":{"type":"ping"}}}}`],
    [
      "what has the reserved names itself, as text",
      `{"a":"${base64('{"$b64text":"x"}')}"}`,
      String.raw`{"json":{"a":{"$b64text":"{\"$b64text\":\"x\"}"}}}`,
    ],
  ])("%s", (_, payload, line) => {
    expect(payloadOf(payload)).toBe(line);
  });

  test.each<[name: string, payload: string]>([
    ["a word of four letters", `{"a":"TEFB"}`],
    ["letters that are base64 of no text", `{"a":"abcdefghijklmnop"}`],
    ["bytes", `{"a":"${base64(Uint8Array.of(1, 2, 3, 255, 254, 253))}"}`],
    ["control characters", `{"a":"${base64("a\0b\u0007cd")}"}`],
    ["without padding", `{"a":"${base64("START").replace("=", "")}"}`],
    ["base64url", `{"a":"${base64("\u{3fff}\u{3fff}ab").replaceAll("+", "-").replaceAll("/", "_")}"}`],
    ["with bits that no byte has", `{"a":"U1RBUlR="}`],
    ["a name", `{"${base64("START")}":1}`],
  ])("but not %s", (_, payload) => {
    expect(payloadOf(payload)).toBe(`{"json":${payload}}`);
  });

  test("a payload with the reserved names is text", () => {
    for (const payload of ['{"$b64json":{}}', '{"a":[{"$b64text":"x","b":1}]}']) {
      expect(payloadOf(payload)).toBe(JSON.stringify({ text: payload }));
    }
  });
});

test("any JSON comes back byte for byte, whatever is in base64 in it", { timeout: 30_000 }, () => {
  const string = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }).map(base64),
    fc.uint8Array().map(base64),
    fc.json().map((text) => base64(JSON.stringify(JSON.parse(text)))),
    fc.json().map((text) => base64(JSON.stringify({ a: base64(text) }))),
  );
  const key = fc.oneof(fc.string(), fc.constantFrom("$b64text", "$b64json", "__proto__", "1"));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(string, fc.integer(), fc.constant(null), fc.array(tie("value")), fc.dictionary(key, tie("value"))),
  }));
  fc.assert(
    fc.property(value, (json) => {
      const bytes = encodeEvent({ event: "chunk", json });
      const line = itemLine(recorded([bytes]).items[0]!);
      const item = itemFromLine(line);
      expect(hexOf(itemBytes(item))).toBe(hexOf(bytes));
      expect(itemLine(item)).toBe(line);
    }),
    { numRuns: 200 },
  );
});

test("nesting deeper than calls can go is left closed", () => {
  const deep = `${"[".repeat(3000)}"${base64("START of a text")}"${"]".repeat(3000)}`;
  const bytes = chunkFrame(deep);
  const line = itemLine(recorded([bytes]).items[0]!);
  expect(line).not.toContain("$b64");
  expect(hexOf(itemBytes(itemFromLine(line)))).toBe(hexOf(bytes));
});

const layers = (count: number) =>
  Array.from({ length: count }).reduce((json: string) => `["${base64(json)}"]`, "[1,2,3]");

test("base64 in base64 is opened eight times, and the rest is left closed", () => {
  for (const [count, open] of [
    [8, 8],
    [11, 8],
  ] as const) {
    const bytes = chunkFrame(layers(count));
    const line = itemLine(recorded([bytes]).items[0]!);
    expect(line.split("$b64json")).toHaveLength(open + 1);
    expect(hexOf(itemBytes(itemFromLine(line)))).toBe(hexOf(bytes));
  }
});

describe("in a whole cassette", () => {
  const log = { LogResult: base64("START\nEND\n") };
  const exchange = recorded([encodeEvent({ event: "InvokeComplete", json: log })], {
    request: requestOf({ body: JSON.stringify({ data: base64("some words") }) }),
  });
  const text = formatCassette(cassetteOf([exchange]));

  test("frames and request bodies have it open, and reading gives the bytes", () => {
    expect(text).toContain(String.raw`"json":{"LogResult":{"$b64text":"START\nEND\n"}}`);
    expect(text).toContain('"json":{"data":{"$b64text":"some words"}}');
    const again = parseCassette(text).exchanges[0]!;
    expect(again).toEqual(exchange);
  });

  test("formatting opens what somebody left closed", () => {
    const closed = text
      .replace(String.raw`{"$b64text":"START\nEND\n"}`, JSON.stringify(log.LogResult))
      .replace('{"$b64text":"some words"}', JSON.stringify(base64("some words")));
    expect(closed).not.toContain("$b64");
    expect(formatCassetteText(closed)).toBe(text);
    expect(formatCassetteText(text)).toBe(text);
  });

  test("a line of the log can be edited, and fixing does the rest", () => {
    const { text: fixed } = fixCassetteText(text.replace(String.raw`START\nEND`, String.raw`START\nmore\nEND`));
    const { message } = parseCassette(fixed).exchanges[0]!.items[0] as { message: { payload: Uint8Array } };
    expect(message.payload).toEqual(utf8(JSON.stringify({ LogResult: base64("START\nmore\nEND\n") })));
  });
});

describe("what is written in no such way is refused", () => {
  test.each([
    ["a member beside it", '{"a":{"$b64text":"x","b":1}}'],
    ["both", '{"$b64text":"x","$b64json":{}}'],
    ["no string", '{"$b64text":5}'],
    ["half a surrogate pair", String.raw`{"$b64text":"\ud800"}`],
    ["what would fill any memory", `${'{"$b64json":'.repeat(190)}1${"}".repeat(190)}`],
    ["what is nested deeper than calls can be", `{"$b64json":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["half a surrogate pair in base64 in base64", String.raw`{"$b64json":{"a":{"$b64text":"\udfff"}}}`],
  ])("%s", (_, json) => {
    const error = thrown(() => itemFromLine(frameLine(json), 7));
    expect(error).toMatchObject({ code: "field", line: 7, field: "frame.json" });
    expect(error.message).toContain('{"$b64text": a string} or {"$b64json": a value}');
  });

  test("too deep", () => {
    const error = thrown(() => itemFromLine(frameLine(`${"[".repeat(300)}{"$b64text":"x"}${"]".repeat(300)}`), 7));
    expect(error).toMatchObject({ code: "field", line: 7, field: "frame.json" });
  });
});
