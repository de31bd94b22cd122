import { expect, test } from "vitest";
import { maskedLine } from "../src/masked-line.ts";

const key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

test("A secret that is there as it is becomes stars, and the rest can be read", () => {
  expect(maskedLine(`recorded  lambda:Invoke ${key}  200, ${key}`, [key])).toBe(
    "recorded  lambda:Invoke ********  200, ********",
  );
});

test("Of secrets of which one begins with the other nothing is left", () => {
  expect(maskedLine(key, [key.slice(0, 20), key])).toBe("********");
});

test.each([encodeURIComponent(key), Buffer.from(`x${key}`).toString("base64"), Buffer.from(key).toString("hex")])(
  "A line with a secret as %s is not shown",
  (form) => {
    expect(maskedLine(`replayed  GET /${form}`, [key])).toBe(
      "(a line that contained one of the recorder's own credentials)",
    );
  },
);

test("What looks like a secret is masked as in recordings, whatever the recorder's own are", () => {
  expect(maskedLine("replayed  GET /f?key=AKIAIOSFODNN7EXAMPLE&arn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole")).toBe(
    "replayed  GET /f?key=AKIAXXXXXXXXXXXXXXXX&arn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole",
  );
  expect(maskedLine(`Bearer 0123456789abcdefghij ${key}`, [key])).toBe(`Bearer ${"X".repeat(20)} ********`);
});

test("Other lines stay as they are, those with a secret of fewer than eight characters too", () => {
  expect(maskedLine("recorded  test", [])).toBe("recorded  test");
  expect(maskedLine("recorded  test", [key, "test", ""])).toBe("recorded  test");
});

test("a line of a megabyte of secrets takes no longer than the time there is for a test", () => {
  const line = "AKIAABCDEFGHIJKLMNOP ".repeat(50_000);
  expect(maskedLine(line)).toBe("AKIAXXXXXXXXXXXXXXXX ".repeat(50_000));
});
