import { fixCassetteText, parseCassette } from "@eventstream-kit/cassette";
import { describe, expect, test } from "vitest";
import { golden } from "./support/golden.ts";
import { thrown } from "./support/thrown.ts";

const example = golden("worked-example");

describe("A payload edited by hand", () => {
  const edited = example.replace('"text":"{\\"token\\":\\"AKIAXXXX"', '"text":"{\\"token\\":\\"a longer one"');

  test("does not load, and the error names the line and says what it would have to be", () => {
    expect(thrown(() => parseCassette(edited))).toMatchObject({ code: "integrity", line: 8, field: "end.bytes" });
  });

  test("loads after the fix, with the origin `edited`, and nothing else is touched", () => {
    const { text, changes } = fixCassetteText(edited);
    expect(changes).toEqual([
      { line: 1, what: "origin" },
      { line: 8, what: "end" },
    ]);
    const [before, after] = [edited.split("\n"), text.split("\n")];
    expect(after.filter((line, index) => line !== before[index])).toEqual([
      '{"eventstream":1,"op":"lambda:InvokeWithResponseStream","title":"report generator, happy path","origin":"edited"}',
      expect.stringMatching(/^\{"k":"end","how":"eof","items":4,"bytes":490,"sha256":"[0-9a-f]{64}"\}$/),
    ]);
    const { header, exchanges } = parseCassette(text);
    expect(header.origin).toBe("edited");
    expect(exchanges[0]!.timing).toEqual(parseCassette(example).exchanges[0]!.timing);
  });
});

test.each(["worked-example", "every-kind"])("What is right stays as it is: %s", (name) => {
  for (const text of [golden(name), golden(name).replaceAll("\n", "\r\n")]) {
    expect(fixCassetteText(text)).toEqual({ text, changes: [] });
  }
});

test("Comments, blank lines, CRLF and a missing last line end stay", () => {
  const given = example.replace("happy path", "sad path").replace('{"k":"end"', '\n# mine\n{"k":"end"');
  const text = given.replace('"items":4', '"items":7').trimEnd().replaceAll("\n", "\r\n");
  const fixed = fixCassetteText(text).text;
  expect(fixed).toBe(given.trimEnd().replace('"recorded"', '"edited"').replaceAll("\n", "\r\n"));
});

test("A synthetic cassette stays synthetic", () => {
  const text = golden("every-kind").replace('"text":"Hel"', '"text":"Hello"');
  expect(parseCassette(fixCassetteText(text).text).header.origin).toBe("synthetic");
});

const chunksAfter = (...changed: string[]) =>
  parseCassette(fixCassetteText(changed.join("\n")).text).exchanges[0]!.timing!.chunks;

describe("Chunks are fitted to the items there are", () => {
  const lines = example.trimEnd().split("\n");
  test("a frame less: the last chunk ends with the last item", () => {
    expect(chunksAfter(...lines.toSpliced(6, 1))).toEqual([
      { dt: 412.6, item: 1, extra: 0 },
      { dt: 50.9, item: 2, extra: 9 },
      // What came last brings nothing any more.
      { dt: 0.4, item: 3, extra: 0 },
    ]);
  });

  test("a frame more", () => {
    expect(chunksAfter(...lines.toSpliced(4, 0, lines[3]!)).at(-1)).toEqual({ dt: 1203.1, item: 5, extra: 0 });
  });

  test("a frame that is shorter than what had arrived of it", () => {
    const short = '{"k":"frame","headers":[]}';
    const changed = lines.with(5, short).map((line) => line.replace("[50.9,2,9]", "[50.9,2,99]"));
    expect(chunksAfter(...changed)[1]).toEqual({ dt: 50.9, item: 2, extra: 15 });
  });

  test("no frame at all", () => {
    expect(chunksAfter(...lines.toSpliced(3, 4))).toEqual([]);
  });

  test("chunks on several lines", () => {
    const [timing] = lines.slice(8, 9);
    const two = [timing!.replace(/,\[0.4.*/, "]}"), '{"k":"timing","unit":"ms","chunks":[[0.4,3,5],[9,9]]}'];
    const fixed = fixCassetteText(lines.toSpliced(8, 1, ...two).join("\n"));
    expect(fixed.changes).toEqual([
      { line: 1, what: "origin" },
      { line: 9, what: "timing" },
      { line: 10, what: "timing" },
    ]);
    expect(fixed.text).toContain('"chunks":[[412.6,1],[50.9,2,9],[0.4,3,5],[9,4]]}\n{"k":"meta"');
  });
});

test("Whatever line of an item is left out or doubled, the fix loads, and a second one finds nothing", () => {
  for (const name of ["worked-example", "every-kind"]) {
    const lines = golden(name).trimEnd().split("\n");
    for (const [index, line] of lines.entries()) {
      if (!/^\{"k":"(frame|raw)"/.test(line)) continue;
      for (const changed of [lines.toSpliced(index, 1), lines.toSpliced(index, 0, line)]) {
        const { text } = fixCassetteText(changed.join("\n"));
        expect(parseCassette(text).exchanges).not.toHaveLength(0);
        expect(fixCassetteText(text)).toEqual({ text, changes: [] });
      }
    }
  }
});

describe("What else is wrong is an error", () => {
  const lines = example.trimEnd().split("\n");
  test.each([
    ["no end line", lines.toSpliced(7, 1), "order"],
    ["two end lines", lines.toSpliced(7, 0, lines[7]!), "order"],
    ["a frame after the end", lines.toSpliced(8, 0, lines[3]!), "order"],
    ["no JSON", lines.with(3, "oops"), "syntax"],
    ["a wrong status", lines.with(2, '{"k":"res","status":7,"headers":[]}'), "field"],
    ["nothing", [], "order"],
  ])("%s", (_name, changed, code) => {
    expect(thrown(() => fixCassetteText(changed.join("\n"))).code).toBe(code);
  });
});
