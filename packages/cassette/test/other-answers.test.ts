/** Answers that are no event stream: errors, buffered invocations. */
import { formatCassette, formatCassetteText, itemFromLine, itemLine, parseCassette } from "@eventstream-kit/cassette";
import { expect, test } from "vitest";
import { utf8 } from "./support/bytes.ts";
import { cassetteOf, recorded } from "./support/exchanges.ts";
import { schemaProblems } from "./support/schema.ts";
import { thrown } from "./support/thrown.ts";

const answered = (body: string | Uint8Array) =>
  cassetteOf([
    recorded([typeof body === "string" ? utf8(body) : body], {
      status: 400,
      headers: [["content-type", "application/json"]],
    }),
  ]);

test.each<[body: string | Uint8Array, members: string]>([
  ['{"Message":"Rate exceeded"}', '"json":{"Message":"Rate exceeded"}'],
  ['{"Message": "Rate exceeded"}\n', String.raw`"text":"{\"Message\": \"Rate exceeded\"}\n"`],
  ["<h1>Oops</h1>", '"text":"<h1>Oops</h1>"'],
  ['{"log":"U1RBUlQgUmVxdWVzdElk"}', '"json":{"log":{"$b64text":"START RequestId"}}'],
  [Uint8Array.of(0xff, 0, 1), '"b64":"/wAB"'],
])("%s can be read, and is the same bytes again", (body, members) => {
  const cassette = answered(body);
  const text = formatCassette(cassette);
  expect(text.split("\n")[3]).toBe(`{"k":"raw","why":"not_event_stream",${members}}`);
  expect(schemaProblems(text)).toEqual([]);
  expect(parseCassette(text)).toEqual(cassette);
  expect(formatCassetteText(text)).toBe(text);
});

test("base64 is read, too, and fmt makes of it what can be read", () => {
  const text = formatCassette(answered('{"a":1}'));
  const encoded = text.replace('"json":{"a":1}', '"b64":"eyJhIjoxfQ=="');
  expect(schemaProblems(encoded)).toEqual([]);
  expect(parseCassette(encoded)).toEqual(parseCassette(text));
  expect(formatCassetteText(encoded)).toBe(text);
});

test("a long answer is in pieces, and a character that they cut is base64", () => {
  const cassette = answered(`x${"é".repeat(30_000)}`);
  const lines = cassette.exchanges[0]!.items.map(itemLine);
  expect(lines.map((line) => /"(json|text|b64)":/.exec(line)![1])).toEqual(["b64", "b64"]);
  expect(parseCassette(formatCassette(cassette))).toEqual(cassette);
});

test.each([
  ['{"k":"raw","why":"truncated","text":"abc"}', "raw.b64"],
  ['{"k":"raw","why":"content_encoding","json":{}}', "raw.b64"],
  ['{"k":"raw","why":"not_event_stream"}', "raw.b64"],
  ['{"k":"raw","why":"not_event_stream","text":""}', "raw.b64"],
  ['{"k":"raw","why":"not_event_stream","text":"a","b64":"YQ=="}', undefined],
  ['{"k":"raw","why":"not_event_stream","file":"x.d/y.bin","bytes":1}', "raw.file"],
])("%s is refused", (line, field) => {
  const error = thrown(() => itemFromLine(line, 7));
  expect(error).toMatchObject({ code: "field", line: 7, ...(field === undefined ? {} : { field }) });
  expect(schemaProblems(`{"eventstream":1}\n${line}\n`)).not.toEqual([]);
});
