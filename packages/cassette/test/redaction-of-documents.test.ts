import * as fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { jsonDocuments } from "../src/redaction/json-documents.ts";
import { concat, cut, utf8 } from "./support/bytes.ts";
import { recorded } from "./support/exchanges.ts";
import { chunkFrame } from "./support/frames.ts";

/** Strings that look like parts of JSON, and that take escapes or several bytes. */
const string = fc.constantFrom("Ada", 'B"ob', "{x}", "[", "né", "\\", "a\nb", "", "data: ", '{"name":"Eve"}');
const value = fc.oneof(string, fc.constantFrom<unknown>(1, null, true, [{ name: "in" }], { name: "deep" }, []));
/** What stands around each document. */
const around = fc.constantFrom<[before: string, after: string]>(
  ["", ""],
  ["", "\n"],
  ["", "\r\n"],
  ["", " "],
  ["data: ", "\n\n"],
);

test("A rule finds its value in each of any JSON documents, wherever frames cut them", () => {
  const member = fc.record({ name: string, value, isFirst: fc.boolean(), indent: fc.constantFrom(0, 1) });
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 4 }), around, sizes, (members, [before, after], given) => {
      // A line of server-sent events has one line.
      const indentOf = (indent: number) => (before === "" ? indent : 0);
      const written = (name: (given: string) => string) =>
        members.map(({ name: own, value: other, isFirst, indent }) => {
          const [first, second] = isFirst ? [{ name: name(own) }, { other }] : [{ other }, { name: name(own) }];
          return before + JSON.stringify({ ...first, ...second }, null, indentOf(indent)) + after;
        });
      const text = written((name) => name).join("");
      // As long as the string with its escapes, in bytes.
      const masked = written((name) => "X".repeat(utf8(JSON.stringify(name)).length - 2)).join("");
      const frames = cut(utf8(text), given).filter((piece) => piece.length > 0);
      const exchange = recorded(frames.map(chunkFrame), { options: { redact: { json: ["$.name"] } } });
      const payloads = exchange.items.map((item) => (item.kind === "frame" ? item.message.payload : item.bytes));
      expect(Buffer.from(concat(...payloads)).toString()).toBe(masked);
    }),
    { numRuns: 500 },
  );
});

afterEach(() => vi.restoreAllMocks());

test("The end of a line is looked for once, however many documents are on it", () => {
  const text = `${"{}".repeat(100)}\n${"[1]".repeat(100)}`;
  const indexOf = vi.spyOn(String.prototype, "indexOf");
  const documents = [...jsonDocuments(text)];
  const lookedFor = indexOf.mock.calls.filter(([what]) => what === "\n");
  vi.restoreAllMocks();
  expect(documents).toHaveLength(200);
  expect(lookedFor).toHaveLength(2);
});
