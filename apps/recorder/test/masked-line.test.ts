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

test("Other lines stay as they are, those with a secret of fewer than eight characters too", () => {
  expect(maskedLine("recorded  test", [])).toBe("recorded  test");
  expect(maskedLine("recorded  test", [key, "test", ""])).toBe("recorded  test");
});
