import { expect, test } from "vitest";
import { knownSecrets } from "../src/check/known-secrets.ts";

const secret = "AKIAIOSFODNN7ABCDEFG";

test("Base64 is looked into however long it is", () => {
  const base64 = Buffer.from(`${"\u00ff".repeat(30_000_000)} ${secret} `, "latin1").toString("base64");
  expect(knownSecrets(`"${base64}"`)).toEqual([{ rule: "aws-access-key-id" }]);
});

test.each([0, 1, 2, 3])("Each run of base64 is read from its begin, also %i letters after another", (letters) => {
  const base64 = Buffer.from(`the key id is ${secret}`).toString("base64");
  const before = "A".repeat(24 + letters);
  expect(knownSecrets(`${before} ${base64}`)).toEqual([{ rule: "aws-access-key-id" }]);
  expect(knownSecrets(`${before}=${base64}`)).toEqual([{ rule: "aws-access-key-id" }]);
  expect(knownSecrets(base64.slice(0, 23))).toEqual([]);
});
