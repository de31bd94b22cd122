import { readdirSync } from "node:fs";
import { formatCassette, formatCassetteText, parseCassette } from "@eventstream-kit/cassette";
import { describe, expect, test } from "vitest";
import { cassetteOf, recorded } from "./support/exchanges.ts";
import { golden } from "./support/golden.ts";
import { randomFrom, randomStream } from "./support/random-stream.ts";
import { lineProblems, schemaProblems } from "./support/schema.ts";
import { thrown } from "./support/thrown.ts";

const goldens = readdirSync(new URL("golden", import.meta.url)).map((name) => name.replace(".cassette.jsonl", ""));

/** Lines of the golden files, one of each kind. */
const lines = Object.fromEntries(
  golden("every-feature")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { k?: string })
    .map((line) => [line.k ?? "first", line]),
);
const first = { eventstream: 1, origin: "synthetic" };

describe("the golden set of format 1 covers every feature, and stays readable", () => {
  test.each(goldens)("%s loads, is canonical, and is as the published schema says", (name) => {
    const text = golden(name);
    expect(parseCassette(text).header.eventstream).toBe(1);
    expect(formatCassetteText(text)).toBe(text);
    expect(schemaProblems(text)).toEqual([]);
  });

  test("what is in them", () => {
    const all = goldens.map(golden).join("");
    const features = {
      ends: ["eof", "reset", "timeout", "client-abort", "limit"].filter((how) => all.includes(`"how":"${how}"`)),
      notations: ["json", "text", "b64"].filter((member) => new RegExp(`"ct":"[^"]*","${member}":`).test(all)),
      opened: ["$b64json", "$b64text"].filter((member) => all.includes(`{"${member}":`)),
      headerTypes: new Set([...all.matchAll(/\["[^"]+","([a-z]+)",/g)].map(([, type]) => type)).size,
      origins: ["recorded", "edited", "synthetic"].filter((origin) => all.includes(`"origin":"${origin}"`)),
    };
    expect(features).toEqual({
      ends: ["eof", "reset", "timeout", "client-abort", "limit"],
      notations: ["json", "text", "b64"],
      opened: ["$b64json", "$b64text"],
      headerTypes: 9,
      origins: ["recorded", "edited", "synthetic"],
    });
    // Comments, joined cassettes, timing on several lines, waits of the client, kinds and members of later versions.
    for (const sign of [/^# /m, /\n\{"eventstream"/, /"ms","chunks"/, /"p"\]/, /"a-kind-of-later"/, /"addedLater"/]) {
      expect(all).toMatch(sign);
    }
  });

  test("what they mean: what formatCassette makes of them loads as the same", () => {
    for (const name of goldens) {
      const cassette = parseCassette(golden(name));
      const text = formatCassette(cassette);
      expect(schemaProblems(text)).toEqual([]);
      expect(parseCassette(text)).toEqual(cassette);
    }
  });
});

test("Random streams, damaged ones too, are stored as the schema says", () => {
  const random = randomFrom(2020_12);
  for (let run = 0; run < 300; run++) {
    const text = formatCassette(cassetteOf([recorded(randomStream(random))]));
    expect(schemaProblems(text)).toEqual([]);
  }
});

/** Members that make a line of the golden files wrong. */
const wrong: readonly (readonly [kind: string, change: Record<string, unknown>])[] = [
  ["first", { eventstream: 2 }],
  ["first", { eventstream: "1" }],
  ["first", { origin: "found" }],
  ["first", { origin: undefined }],
  ["first", { title: 7 }],
  ["req", { method: "a b" }],
  ["req", { path: "a" }],
  ["req", { path: "/a b" }],
  ["req", { headers: undefined }],
  ["req", { headers: [["a"]] }],
  ["req", { headers: [["a b", "c"]] }],
  ["req", { headers: [["a", "b\r\nc: d"]] }],
  ["req", { json: undefined, b64: "AA" }],
  ["req", { text: "and json" }],
  ["res", { status: 99 }],
  ["res", { status: "200" }],
  ["frame", { dir: "c" }],
  ["frame", { dir: null }],
  ["frame", { headers: [] }],
  ["frame", { ct: undefined }],
  ["frame", { event: 1 }],
  ["frame", { text: 7 }],
  ["frame", { event: undefined, ct: undefined, headers: [["a", "float", 1]] }],
  ["frame", { event: undefined, ct: undefined, headers: [["a", "byte", 128]] }],
  ["frame", { event: undefined, ct: undefined, headers: [["a", "long", 1]] }],
  ["frame", { event: undefined, ct: undefined, headers: [["a", "boolean", "true"]] }],
  ["frame", { event: undefined, ct: undefined, headers: [["a", "uuid", "x"]] }],
  ["frame", { event: undefined, ct: undefined, headers: [["", "byte", 1]] }],
  ["frame", { event: undefined, ct: undefined, headers: [["a", "binary", "AB=="]] }],
  ["frame", { text: undefined, b64: "AB==" }],
  ["frame", { text: undefined, ofLater: "perhaps the payload" }],
  ["frame", { text: undefined, json: { a: [{ $b64text: 1 }] } }],
  ["frame", { text: undefined, json: { $b64text: "a", b: 1 } }],
  ["frame", { text: undefined, json: { $b64json: 1, b: 1 } }],
  ["frame", { text: undefined, json: { $b64json: { $b64text: null } } }],
  ["raw", { why: "bad" }],
  ["raw", { why: "rejected:not_event_stream" }],
  ["raw", { why: "rejected:content_encoding" }],
  ["raw", { b64: "" }],
  ["raw", { b64: "AA" }],
  ["end", { how: "done" }],
  ["end", { items: -1 }],
  ["end", { bytes: 0.5 }],
  ["end", { items: 2 ** 53 }],
  ["end", { sha256: "A".repeat(64) }],
  ["end", { sha256: undefined }],
  ["timing", { unit: "s" }],
  ["timing", { chunks: undefined }],
  ["timing", { chunks: [[1]] }],
  ["timing", { chunks: [[-1, 1]] }],
  ["timing", { chunks: [[1, 0.5]] }],
  ["timing", { res: 1e308 }],
  ["timing", { chunks: [[1e308, 1]] }],
  ["timing", { chunks: [[225_179_981_368_525, 1]] }],
  ["timing", { chunks: [[1, 2 ** 53]] }],
  ["timing", { chunks: [[1, 1, 0, "q"]] }],
  ["timing", { chunks: [[1, 1, 0, "p", 1]] }],
];

describe("What the schema refuses, the loader refuses", () => {
  test.each(wrong)("%s with %j", (kind, change) => {
    // `undefined` takes a member out.
    const edit = (line: object) => JSON.parse(JSON.stringify({ ...line, ...change })) as object;
    expect(lineProblems(edit(kind === "first" ? first : lines[kind]!))).not.toEqual([]);
    const text = golden("every-kind").split("\n");
    const at = kind === "first" ? 0 : text.findIndex((line) => line.startsWith(`{"k":"${kind}"`));
    text[at] = JSON.stringify(edit(JSON.parse(text[at]!) as object));
    const error = thrown(() => parseCassette(text.join("\n")));
    expect(["field", "version", "syntax"]).toContain(error.code);
    expect(error.line).toBe(at + 1);
  });
});

describe("What the loader takes, the schema takes", () => {
  test.each([
    // Of a payload in a file, which there is none.
    ["req", { bytes: "other" }],
    ["frame", { dir: "s" }],
    ["frame", { bytes: [] }],
    ["raw", { bytes: "other" }],
    // 2 ** 51 tenths of a millisecond, the longest that a recorder writes.
    ["timing", { res: 225_179_981_368_524.8, chunks: [[225_179_981_368_524.8, 3]] }],
    ["req", { json: { a: [{ $b64json: [{ $b64text: "" }] }, { $b64text: "b" }] } }],
  ])("%s with %j", (kind, change) => {
    const text = golden("every-kind").split("\n");
    const at = text.findIndex((line) => line.startsWith(`{"k":"${kind}"`));
    const line = { ...(JSON.parse(text[at]!) as object), ...change };
    expect(lineProblems(line)).toEqual([]);
    text[at] = JSON.stringify(line);
    expect(() => parseCassette(text.join("\n"))).not.toThrow();
  });
});

test("Kinds and members that nobody knows yet are allowed", () => {
  expect(lineProblems({ k: "later", anything: [1] })).toEqual([]);
  for (const line of Object.values(lines)) expect(lineProblems({ ...line, later: { a: 1 } })).toEqual([]);
});

test("Trailers and payloads in files of their own have their place in the format", () => {
  const file = `chat.cassette.jsonl.d/${"0".repeat(64)}.bin`;
  expect(lineProblems({ k: "frame", event: "AudioEvent", ct: "audio/x", file, bytes: 70_000 })).toEqual([]);
  expect(lineProblems({ k: "trailers", headers: [["x-amz-checksum", "1"]] })).toEqual([]);
  expect(lineProblems({ k: "frame", event: "e", ct: "c", file })).not.toEqual([]);
  expect(lineProblems({ k: "frame", event: "e", ct: "c", file: `../${file}`, bytes: 1 })).not.toEqual([]);
});
