import { runInNewContext } from "node:vm";
import { secretsIn } from "@eventstream-kit/cassette";
import { expect, test } from "vitest";
import { keyId, secrets } from "./support/secrets.ts";

test.each(secrets)("%s: %s is found, in the text before and not in the text after redaction", (rule, text, masked) => {
  const found = [...secretsIn(`before ${text}, after`)];
  // An account before a function is found by two patterns of one rule.
  expect(new Set(found.map((secret) => secret.rule))).toEqual(new Set([rule]));
  const { from, to } = found[0]!;
  const at = "before ".length;
  expect(text.slice(0, from - at) + text.slice(to - at)).toBe(masked.slice(0, from - at) + masked.slice(to - at));
  expect([...secretsIn(`before ${masked}, after`)]).toEqual([]);
});

test("several are found, rule after rule, and each where it is", () => {
  const text = `bearer ${"t".repeat(20)} then ${keyId}, and ${keyId}`;
  expect([...secretsIn(text)].map(({ rule, from, to }) => [rule, text.slice(from, to)])).toEqual([
    ["aws-access-key-id", keyId.slice(4)],
    ["aws-access-key-id", keyId.slice(4)],
    ["bearer-token", "t".repeat(20)],
  ]);
});

test("the first line of a private key is found without the key", () => {
  const text = "it follows: -----BEGIN RSA PRIVATE KEY-----";
  expect([...secretsIn(text)]).toEqual([{ rule: "private-key", from: text.length, to: text.length }]);
});

/** What may stand between a name and its value, escaped or not. */
const separators = [
  "%20",
  "%2520",
  "%09",
  "%0A",
  "%22",
  "%3A",
  "%3D",
  "%3E",
  "%5C",
  "%5Cn",
  "%5Cu0020",
  "\\",
  "\\n",
  "\\u0020",
];

test.each([...separators, " ", '"', ":", "=", ">", ",", "%2C"])(
  "however many %s follow a name, one reading is looked at",
  (one) => {
    const names = ["secret_access_key", "aws_secret_key", keyId, "session_token", "signature"];
    const text = names.map((name) => name + one.repeat(64)).join("!");
    // Only a pattern that tries all readings, which are 2 to the power of 64, needs as long.
    const find = () => [...secretsIn(text)].map(({ rule }) => rule);
    expect(runInNewContext("find()", { find }, { timeout: 10_000 })).toContain("aws-access-key-id");
  },
);
