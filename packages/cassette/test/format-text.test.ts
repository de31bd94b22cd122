import { formatCassetteText, parseCassette } from "@eventstream-kit/cassette";
import { describe, expect, test } from "vitest";
import { golden } from "./support/golden.ts";
import { thrown } from "./support/thrown.ts";

describe("formatCassetteText gives the canonical form", () => {
  test.each(["worked-example", "every-kind"])("which %s has", (name) => {
    expect(formatCassetteText(golden(name))).toBe(golden(name));
  });

  const [header, req, res, hello, end, timing, meta] = [
    '{"eventstream":1,"origin":"edited"}',
    '{"k":"req","method":"POST","path":"/greet","headers":[],"json":{"name":"Ada"}}',
    '{"k":"res","status":200,"headers":[["content-type","application/vnd.amazon.eventstream"]]}',
    '{"k":"frame","event":"PayloadChunk","ct":"text/plain","text":"Hello, Ada!"}',
    '{"k":"end","how":"eof","items":1,"bytes":103,"sha256":"228da51bdbca8eee333e9ea74ec972b84b7c707e9710b4efe13da6aa01e56d20"}',
    '{"k":"timing","unit":"ms","res":1,"chunks":[[1,0,20],[2,1]]}',
    '{"k":"meta","region":"eu-west-1","auth":"none"}',
  ] as const;
  const canonical = [header, req, res, hello, end, timing, meta].map((line) => `${line}\n`).join("");

  test.each([
    ["CRLF, blank lines, no last line end", `\n\n${canonical}`.trim().replaceAll("\n", "\r\n\r\n")],
    ["members in another order", canonical.replace('"k":"req","method":"POST"', '"method":"POST","k":"req"')],
    ["blanks", canonical.replace(":[],", " : [ ] ,")],
    ["a payload in another notation", canonical.replace('"json":{"name":"Ada"}', '"text":"{\\"name\\":\\"Ada\\"}"')],
    [
      "headers instead of event and ct",
      canonical.replace(
        '"event":"PayloadChunk","ct":"text/plain"',
        '"headers":[[":event-type","string","PayloadChunk"],[":content-type","string","text/plain"],[":message-type","string","event"]]',
      ),
    ],
    ["an explicit direction", canonical.replace('"frame",', '"frame","dir":"s",')],
    ["an explicit extra of 0", canonical.replace("[2,1]", "[2,1,0]")],
    ["timing on several lines", canonical.replace(",[2,1]]}", ']}\n{"k":"timing","unit":"ms","chunks":[[2,1]]}')],
    [
      "meta in another order",
      canonical.replace('"region":"eu-west-1","auth":"none"', '"auth":"none","region":"eu-west-1"'),
    ],
  ])("of one with %s", (_name, text) => {
    expect(text).not.toBe(canonical);
    expect(formatCassetteText(text)).toBe(canonical);
  });

  test.each([
    ["the first line", 0],
    ["req", 1],
    ["end", 4],
    ["meta.later", 6],
  ])("but of no value in %s that is nested deeper than calls can be", (field, number) => {
    const deep = `,"later":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const text = canonical
      .split("\n")
      .map((line, index) => (index === number ? line.replace(/\}$/, deep) : line))
      .join("\n");
    expect(thrown(() => formatCassetteText(text))).toMatchObject({ code: "field", field });
  });

  test("and keeps comments and everything of later versions", () => {
    const text = [
      '{"eventstream":1,"origin":"edited","mood":"fine"}',
      "# The request",
      req.replace("}}", '},"later":[1]}'),
      res.replace("]]}", ']],"later":true}'),
      "#\ttwo",
      hello.replace("}", ',"later":{"a":1}}'),
      '{"k":"note",  "n":1.0}',
      end.replace("}", ',"later":"x"}'),
      timing.replace("]]}", ']],"later":1}'),
      "# last",
      "",
    ].join("\n");
    expect(formatCassetteText(text)).toBe(text);
    expect(parseCassette(text).exchanges).toHaveLength(1);
  });

  test("and concatenated cassettes stay what they are", () => {
    expect(formatCassetteText(canonical + canonical)).toBe(canonical + canonical);
  });

  test("but not of a cassette that is wrong", () => {
    expect(thrown(() => formatCassetteText(canonical.replace("Ada!", "Bob!")))).toMatchObject({
      code: "integrity",
      line: 5,
    });
  });
});
