import { describe, expect, test } from "vitest";
import { linearPattern } from "../src/linear-pattern.ts";
import { redactionOf } from "../src/redaction-flags.ts";

const found = (source: string, text: string) =>
  [...linearPattern(source)(text)].map((range) => text.slice(...(range as readonly [number, number])));

describe("patterns from the command line", () => {
  test.each<[source: string, text: string, parts: string[]]>([
    ["pin-\\d+", "pin-12 and pin-3", ["pin-12", "pin-3"]],
    ["pin=(\\d+)", "pin=12, pin=3", ["12", "3"]],
    ["(?i)PIN", "pin Pin", ["pin", "Pin"]],
    ["größe \\p{L}+", "\u{1F600} die größe XL!", ["größe XL"]],
    ["a(b)?c", "ac abc", ["b"]],
    ["x*", "none", ["", "", "", "", ""]],
  ])("%s in %s", (source, text, parts) => {
    expect(found(source, text)).toEqual(parts);
  });

  test.each(["(a", "a(?=b)", "(a)\\1", "[z-a]"])("%s is refused, with the reason", (source) => {
    expect(() => linearPattern(source)).toThrow(/is no regular expression: .+/);
    expect(() => linearPattern(source)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  test("nothing takes more than its share of time", () => {
    expect(found("(?:a+)+b", "a".repeat(20_000))).toEqual([]);
  });
});

test("options become those of the recorder", async () => {
  expect(await redactionOf({ redact: true })).toEqual({});
  expect(await redactionOf({ redact: false, redactJson: ["$.a"] })).toBe(false);
  const redactRegex = ["a", "b"];
  const redaction = await redactionOf({
    redact: true,
    redactJson: ["$.a"],
    redactRegex,
    normalize: ["bedrock-padding"],
  });
  expect(redaction).toMatchObject({ json: ["$.a"], normalize: ["bedrock-padding"] });
  expect(redaction && redaction.find!("ab")).toEqual([
    [0, 1],
    [1, 2],
  ]);
});

test.each(["email", "$.a[?(@.b)]", "/a~2"])("the path %s is refused at once, not at the first call", async (path) => {
  const refused = redactionOf({ redact: true, redactJson: [path] });
  await expect(refused).rejects.toMatchObject({ code: "usage", message: expect.stringContaining(path) as string });
});
