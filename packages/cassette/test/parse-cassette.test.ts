import { formatCassette, parseCassette } from "@eventstream-kit/cassette";
import { describe, expect, test } from "vitest";
import { cassetteOf, recorded } from "./support/exchanges.ts";
import { chunkFrame } from "./support/frames.ts";
import { golden } from "./support/golden.ts";
import { thrown } from "./support/thrown.ts";

const lines = golden("worked-example").trimEnd().split("\n");
/** Numbers of the lines of the example, from 1. */
const at = { header: 1, req: 2, res: 3, frame: 4, end: 8, timing: 9, meta: 10 };

type Edit = (lines: string[]) => string[];

/** Replaces one line by what a function makes of its members. */
function changed(line: number, change: Record<string, unknown>): Edit {
  return (all) => all.with(line - 1, JSON.stringify({ ...(JSON.parse(all[line - 1]!) as object), ...change }));
}
const replaced =
  (line: number, text: string): Edit =>
  (all) =>
    all.with(line - 1, text);
const without =
  (line: number): Edit =>
  (all) =>
    all.toSpliced(line - 1, 1);
const inserted =
  (line: number, text: string): Edit =>
  (all) =>
    all.toSpliced(line - 1, 0, text);
const cutAfter =
  (line: number): Edit =>
  (all) =>
    all.slice(0, line);
const doubled =
  (line: number): Edit =>
  (all) =>
    all.toSpliced(line, 0, all[line - 1]!);
const end = (change: object) => changed(at.end, { ...change });
const chunks = (...entries: unknown[]) => changed(at.timing, { chunks: entries });

interface Case {
  readonly name: string;
  readonly edit: Edit;
  readonly code: string;
  readonly line: number;
  readonly field: string | undefined;
}

const cases = [
  // The first line.
  ["an empty file", () => [], "order", 1],
  ["no first line", without(at.header), "order", 1, "k"],
  ["a comment before the first line", inserted(1, "# mine"), "syntax", 1],
  ["a newer format", changed(at.header, { eventstream: 2 }), "version", 1, "eventstream"],
  ["no format version", changed(at.header, { eventstream: undefined }), "field", 1, "eventstream"],
  ["a format version that is text", changed(at.header, { eventstream: "1" }), "field", 1, "eventstream"],
  ["format version 0", changed(at.header, { eventstream: 0 }), "field", 1, "eventstream"],
  ["an unknown origin", changed(at.header, { origin: "found" }), "field", 1, "origin"],
  ["a title that is no text", changed(at.header, { title: 7 }), "field", 1, "title"],
  ["an operation that is no text", changed(at.header, { op: null }), "field", 1, "op"],

  // Any line.
  ["no JSON", replaced(at.frame, '{"k":"frame",'), "syntax", 4],
  ["an array", replaced(at.frame, "[]"), "syntax", 4],
  ["an array nested too deep to be shown", replaced(at.frame, "[".repeat(200_000) + "]".repeat(200_000)), "syntax", 4],
  ["null", replaced(at.frame, "null"), "syntax", 4],
  ["a kind that is no text", changed(at.frame, { k: 1 }), "field", 4, "k"],
  ["a line of more than 1 MiB", changed(at.frame, { text: "x".repeat(1_048_576) }), "line_length", 4],
  ["1 MiB of characters of three bytes", changed(at.frame, { text: "€".repeat(349_600) }), "line_length", 4],
  [
    "a fact nested deeper than anybody could write again",
    replaced(at.meta, `{"k":"meta","deep":${"[".repeat(1001)}${"]".repeat(1001)}}`),
    "field",
    10,
    "meta.deep",
  ],

  // The order.
  ["a response first", without(at.req), "order", 2, "k"],
  ["no response", without(at.res), "order", 3, "k"],
  ["no end", without(at.end), "order", 8, "k"],
  ["two requests", doubled(at.req), "order", 3, "k"],
  ["two responses", doubled(at.res), "order", 4, "k"],
  ["two ends", doubled(at.end), "order", 9, "k"],
  ["two metas", doubled(at.meta), "order", 11, "k"],
  ["a frame after the end", (all) => [...all, all[3]!], "order", 11, "k"],
  ["meta before timing", (all) => all.with(8, all[9]!).with(9, all[8]!), "order", 10, "k"],
  ["timing before the end", (all) => all.with(7, all[8]!).with(8, all[7]!), "order", 8, "k"],
  ["a file cut off after the request", cutAfter(2), "order", 2],
  ["a file cut off after the response", cutAfter(3), "order", 3],
  ["a file cut off in the frames", cutAfter(5), "order", 5],
  ["a second first line inside an exchange", inserted(5, lines[0]!), "order", 5, "k"],
  ["a second first line of a newer format", (all) => [...all, '{"eventstream":9}'], "version", 11, "eventstream"],

  // The request.
  ["no method", changed(at.req, { method: undefined }), "field", 2, "req.method"],
  ["a method with a blank", changed(at.req, { method: "GET /" }), "field", 2, "req.method"],
  ["a path without a slash", changed(at.req, { path: "functions" }), "field", 2, "req.path"],
  ["a path with a blank", changed(at.req, { path: "/a b" }), "field", 2, "req.path"],
  ["a path with a line feed", changed(at.req, { path: "/a\n" }), "field", 2, "req.path"],
  ["a body twice", changed(at.req, { text: "{}" }), "field", 2, "req.text"],
  ["a body that is not base64", changed(at.req, { json: undefined, b64: "iVBOR/8" }), "field", 2, "req.b64"],
  [
    "a body in a file of its own",
    changed(at.req, { json: undefined, file: "x.d/1.bin", bytes: 1 }),
    "field",
    2,
    "req.file",
  ],
  ["headers that are no list", changed(at.req, { headers: {} }), "field", 2, "req.headers"],
  ["a header of one", changed(at.req, { headers: [["accept"]] }), "field", 2, "req.headers[0]"],
  ["a header name with a colon", changed(at.req, { headers: [["a:b", ""]] }), "field", 2, "req.headers[0][0]"],
  ["a header value with CR", changed(at.req, { headers: [["a", "b\rc"]] }), "field", 2, "req.headers[0][1]"],

  // The response.
  ["no status", changed(at.res, { status: undefined }), "field", 3, "res.status"],
  ["an interim status", changed(at.res, { status: 100 }), "field", 3, "res.status"],
  ["a status above 599", changed(at.res, { status: 600 }), "field", 3, "res.status"],
  ["a status that is text", changed(at.res, { status: "200" }), "field", 3, "res.status"],
  [
    "a header value with LF",
    changed(at.res, {
      headers: [
        ["a", ""],
        ["b", "c\n"],
      ],
    }),
    "field",
    3,
    "res.headers[1][1]",
  ],
  ["a header value that is no text", changed(at.res, { headers: [["a", 1]] }), "field", 3, "res.headers[0][1]"],

  // The items.
  ["a frame of a client", changed(at.frame, { dir: "c" }), "field", 4, "frame.dir"],
  ["a frame with two payloads", changed(at.frame, { json: 1 }), "field", 4, "frame.text"],
  ["a frame with half a surrogate pair", changed(at.frame, { text: "\ud800" }), "field", 4, "frame.text"],
  [
    "a frame with an unknown header type",
    changed(at.frame, { event: undefined, ct: undefined, headers: [["a", "float", 1]] }),
    "field",
    4,
    "frame.headers[0]",
  ],
  [
    "a frame with a header twice",
    changed(at.frame, {
      event: undefined,
      ct: undefined,
      headers: [
        ["a", "byte", 1],
        ["a", "byte", 1],
      ],
    }),
    "field",
    4,
    "frame.headers[1][0]",
  ],
  ["raw bytes without a reason", replaced(at.frame, '{"k":"raw","b64":"AA=="}'), "field", 4, "raw.why"],
  [
    "raw bytes with an unknown reason",
    replaced(at.frame, '{"k":"raw","why":"bad","b64":"AA=="}'),
    "field",
    4,
    "raw.why",
  ],
  [
    "raw bytes that are not base64",
    replaced(at.frame, '{"k":"raw","why":"truncated","b64":"AA"}'),
    "field",
    4,
    "raw.b64",
  ],
  [
    "base64 with bits no byte has",
    replaced(at.frame, '{"k":"raw","why":"truncated","b64":"AB=="}'),
    "field",
    4,
    "raw.b64",
  ],
  ["no raw bytes", replaced(at.frame, '{"k":"raw","why":"truncated","b64":""}'), "field", 4, "raw.b64"],

  // The end.
  ["an unknown end", end({ how: "done" }), "field", 8, "end.how"],
  ["a number of items below 0", end({ items: -1 }), "field", 8, "end.items"],
  ["half a byte", end({ bytes: 486.5 }), "field", 8, "end.bytes"],
  ["a hash in upper case", end({ sha256: "A".repeat(64) }), "field", 8, "end.sha256"],
  ["no hash", end({ sha256: undefined }), "field", 8, "end.sha256"],
  ["another number of items", end({ items: 5 }), "integrity", 8, "end.items"],
  ["another number of bytes", end({ bytes: 485 }), "integrity", 8, "end.bytes"],
  ["another hash", end({ sha256: "0".repeat(64) }), "integrity", 8, "end.sha256"],
  ["a payload of the same length", changed(at.frame, { text: '{"token":"AKIAYYYY' }), "integrity", 8, "end.sha256"],
  ["a longer payload", changed(at.frame, { text: "a longer payload than before" }), "integrity", 8, "end.bytes"],
  ["a frame taken out", without(at.frame), "integrity", 7, "end.items"],

  // The timing.
  ["another unit", changed(at.timing, { unit: "s" }), "field", 9, "timing.unit"],
  ["no time of the head", changed(at.timing, { res: undefined }), "field", 9, "timing.res"],
  ["a head before the request", changed(at.timing, { res: -1 }), "field", 9, "timing.res"],
  ["the time of the head twice", doubled(at.timing), "field", 10, "timing.res"],
  ["no chunks", changed(at.timing, { chunks: undefined }), "field", 9, "timing.chunks"],
  ["a chunk of one number", chunks([1, 1], [2]), "field", 9, "timing.chunks[1]"],
  ["a chunk of five", chunks([1, 1, 1, "p", 1]), "field", 9, "timing.chunks[0]"],
  ["a wait below 0", chunks([-0.1, 4]), "field", 9, "timing.chunks[0][0]"],
  [
    "an endless wait",
    replaced(at.timing, '{"k":"timing","unit":"ms","res":0,"chunks":[[1e400,4]]}'),
    "field",
    9,
    "timing.chunks[0][0]",
  ],
  ["a wait longer than any clock says", chunks([1e308, 4]), "field", 9, "timing.chunks[0][0]"],
  ["a head longer than any clock says", changed(at.timing, { res: 1e308 }), "field", 9, "timing.res"],
  ["half an item", chunks([1, 0.5]), "field", 9, "timing.chunks[0][1]"],
  ["extra bytes below 0", chunks([1, 1, -1]), "field", 9, "timing.chunks[0][2]"],
  ["a fourth that is not p", chunks([1, 4, 0, "q"]), "field", 9, "timing.chunks[0][3]"],
  ["more items than there are", chunks([1, 5]), "integrity", 9, "timing.chunks[0][1]"],
  ["all bytes of the next item as extra", chunks([1, 1, 127], [1, 4]), "integrity", 9, "timing.chunks[0][2]"],
  ["extra bytes after the last item", chunks([1, 4, 1]), "integrity", 9, "timing.chunks[0][2]"],
  ["a chunk that goes back", chunks([1, 2], [1, 1], [1, 4]), "integrity", 9, "timing.chunks[1]"],
  ["a chunk without bytes", chunks([1, 2, 9], [1, 2, 9], [1, 4]), "integrity", 9, "timing.chunks[1]"],
  ["an empty first chunk", chunks([1, 0], [1, 4]), "integrity", 9, "timing.chunks[0]"],
  ["a last byte in no chunk", chunks([1, 3, 123]), "integrity", 9, "timing.chunks"],
  ["no chunk for the bytes there are", chunks(), "integrity", 9, "timing.chunks"],
] satisfies [name: string, edit: Edit, code: string, line: number, field?: string][];
const rows = cases.map(([name, edit, code, line, field]): Case => ({ name, edit, code, line, field }));

describe("what is refused, with its line and field", () => {
  test.each(rows)("$name", ({ edit, code, line, field }) => {
    const text = edit([...lines]).join("\n");
    const error = thrown(() => parseCassette(text));
    expect({ code: error.code, line: error.line, field: error.field }).toEqual({ code, line, field });
    expect(error.message).toContain(`line ${String(line)}`);
  });

  test.each([
    ["what Git writes into a conflict", inserted(4, "<<<<<<< HEAD"), "line 4 is of a merge with a conflict"],
    ["the same between the sides", inserted(5, "======="), "line 5 is of a merge with a conflict"],
    ["the same with CRLF", inserted(6, ">>>>>>> other\r"), "line 6 is of a merge with a conflict"],
    ["a byte order mark", replaced(1, `\ufeff${lines[0]!}`), "line 1 begins with a byte order mark"],
    ["anything else", replaced(1, "<html>"), "line 1 is not JSON"],
  ])("%s is called by its name", (_name, edit, message) => {
    const error = thrown(() => parseCassette(edit([...lines]).join("\n")));
    expect(error).toMatchObject({ code: "syntax", message: expect.stringContaining(message) as string });
  });

  test("a hash that does not fit says what it would have to be", () => {
    const before = parseCassette(lines.join("\n")).exchanges[0]!.end.sha256;
    const text = end({ sha256: "0".repeat(64) })([...lines]).join("\n");
    expect(thrown(() => parseCassette(text)).message).toContain(`"items":4,"bytes":486,"sha256":"${before}"`);
  });
});

describe("what is accepted", () => {
  const { header, exchanges } = parseCassette(lines.join("\n"));
  const same: readonly (readonly [string, string])[] = [
    ["no line end at the end", lines.join("\n")],
    ["CRLF line ends", lines.join("\r\n") + "\r\n"],
    ["blank lines", lines.join("\n\n") + "\n \n"],
    ["comments anywhere but on the first line", lines.flatMap((line) => [line, "# a comment", "#"]).join("\n")],
    ["unknown kinds of lines", lines.flatMap((line) => [line, '{"k":"note","text":"new"}']).join("\n")],
    ["kinds called like members of Object", lines.flatMap((line) => [line, '{"k":"constructor"}']).join("\n")],
    [
      "unknown members",
      lines.map((line, index) => (index === at.meta - 1 ? line : line.replace(/}$/, ',"new":[1]}'))).join("\n"),
    ],
    ["frames that say they are the service's", changed(at.frame, { dir: "s" })([...lines]).join("\n")],
    [
      "members in another order",
      lines
        .map((line) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line) as object).toReversed())))
        .join("\n"),
    ],
    [
      "timing on several lines",
      lines
        .with(at.timing - 1, '{"k":"timing","unit":"ms","res":389.2,"chunks":[[412.6,1],[50.9,2,9]]}')
        .toSpliced(at.timing, 0, '{"k":"timing","unit":"ms","chunks":[[0.4,3,5],[1203.1,4]]}')
        .join("\n"),
    ],
  ];
  test.each(same)("%s", (_, text) => {
    expect(parseCassette(text)).toEqual({ header, exchanges });
  });

  test("cassettes one after the other: the first line of the first one counts", () => {
    const other = lines.with(0, '{"eventstream":1,"title":"other","origin":"edited"}');
    expect(parseCassette([...lines, ...other, ""].join("\n"))).toEqual({
      header,
      exchanges: [...exchanges, ...exchanges],
    });
  });

  test("a cassette without exchanges", () => {
    expect(parseCassette(lines[0]!).exchanges).toEqual([]);
  });

  test("an exchange without timing and meta, as written by hand", () => {
    const { timing, meta, ...rest } = exchanges[0]!;
    expect([timing, meta]).not.toContain(undefined);
    expect(parseCassette(lines.slice(0, at.end).join("\n")).exchanges).toEqual([rest]);
  });

  test("a response without a body", () => {
    const cassette = cassetteOf([recorded([], { status: 204, headers: [] })]);
    expect(parseCassette(formatCassette(cassette))).toEqual(cassette);
  });

  test("a line of exactly 1 MiB", () => {
    const overhead = formatCassette(cassetteOf([recorded([chunkFrame("x")])])).split("\n")[3]!.length - 1;
    const longest = cassetteOf([recorded([chunkFrame("x".repeat(1_048_576 - overhead))])]);
    const text = formatCassette(longest);
    expect(text.split("\n")[3]).toHaveLength(1_048_576);
    expect(parseCassette(text)).toEqual(longest);
    expect(parseCassette(text.replaceAll("\n", "\r\n"))).toEqual(longest);
  });
});

describe("record case 32: cassettes of format 1 load, those of a newer format do not", () => {
  test.each(["worked-example", "every-kind"])("%s loads", (name) => {
    const cassette = parseCassette(golden(name));
    expect(cassette.header.eventstream).toBe(1);
    expect(formatCassette(cassette)).toBe(golden(name));
  });

  test("a newer one is refused with advice", () => {
    const error = thrown(() => parseCassette(golden("worked-example").replace('"eventstream":1', '"eventstream":2')));
    expect(error.code).toBe("version");
    expect(error.message).toContain("a newer @eventstream-kit/cassette reads it");
  });
});

test("An error shows nothing of a cassette that a terminal would obey", () => {
  const text = changed(at.req, { path: "/\u009b31m \u202e\u007f" })([...lines]).join("\n");
  expect(thrown(() => parseCassette(text)).message).toContain(String.raw`"/\u{9b}31m \u{202e}\u{7f}"`);
});
