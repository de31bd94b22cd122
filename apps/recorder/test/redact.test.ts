import { readFileSync } from "node:fs";
import { parseCassette } from "@eventstream-kit/cassette";
import { describe, expect, test } from "vitest";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { formatCassette } from "@eventstream-kit/cassette";
import { eventstream } from "./eventstream.ts";

const keyId = "AKIAIOSFODNN7EXAMPLE";
const clean = exchangeOf("clean", "Hello");
/** The key id lies across two frames. */
const leaking = exchangeOf("leaking", `id ${keyId.slice(0, 7)}`, `${keyId.slice(7)} end`);
const textOf = (...exchanges: Parameters<typeof cassetteOf>) => formatCassette(cassetteOf(...exchanges));

describe("redact masks what is in cassettes already", () => {
  test("over the boundaries of frames; other exchanges, comments and sizes stay", async () => {
    const lines = textOf(clean, leaking).split("\n");
    const second = lines.findLastIndex((line) => line.startsWith('{"k":"req"'));
    const file = cassetteFile(lines.toSpliced(second + 1, 0, "# why it is here", '{"k":"later"}').join("\n"));
    const before = parseCassette(readFileSync(file, "utf8"));

    expect(await eventstream(["redact", file])).toMatchObject({ code: 0, stdout: `${file}\n`, stderr: "" });
    const text = readFileSync(file, "utf8");
    expect(text).not.toMatch(/AKIAIOS|FODNN7/);
    expect(text).toContain("# why it is here\n");
    expect(text).toContain('{"k":"later"}\n');
    const after = parseCassette(text);
    expect(after.header).toEqual(before.header);
    expect(after.exchanges[0]).toEqual(before.exchanges[0]);
    expect(after.exchanges[1]!.end.bytes).toBe(before.exchanges[1]!.end.bytes);
    expect(after.exchanges[1]!.timing).toEqual(before.exchanges[1]!.timing);
    expect(after.exchanges[1]!.meta).toMatchObject({ redacted: { "aws-access-key-id": 1 } });

    // Once more, and there is nothing to do.
    expect(await eventstream(["redact", file])).toMatchObject({ code: 0, stdout: "" });
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("values that options name, in a filter", async () => {
    const input = textOf(exchangeOf("a", '{"user":{"email":"ada@example.com"},"order":"ORD-1234"}'));
    const args = ["redact", "--redact-json", "$.user.email", "--redact-regex", "ORD-[0-9]+", "-"];
    const run = await eventstream(args, input);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).not.toMatch(/ada@|ORD-1234/);
    expect(parseCassette(run.stdout).exchanges).toHaveLength(1);
  });

  test("--normalize takes one word, and what follows is a path", async () => {
    const file = cassetteFile(cassetteOf(leaking));
    const run = await eventstream(["redact", "--normalize", "bedrock-padding", file]);
    expect(run).toMatchObject({ code: 0, stdout: `${file}\n`, stderr: "" });
    expect(parseCassette(readFileSync(file, "utf8")).header.origin).toBe("edited");
  });

  test("the credentials of the environment", async () => {
    const secret = "no-rule-knows/this+value";
    const env = { AWS_SECRET_ACCESS_KEY: secret };
    const run = await eventstream(["redact", "-"], textOf(exchangeOf("a", `so ${secret} it is`)), { env });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).not.toContain(secret);
    expect(run.stdout).toContain("it is");
  });
});

test("--check changes nothing and exits 3, --json says which files", async () => {
  const file = cassetteFile(cassetteOf(leaking));
  const before = readFileSync(file, "utf8");
  const run = await eventstream(["redact", "--check", "--json", file]);
  expect(run.code).toBe(3);
  expect(JSON.parse(run.stdout)).toMatchObject({ schema: "eventstream/redact", files: [{ file, changed: true }] });
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("A pattern that is none is refused, with exit 2", async () => {
  expect(await eventstream(["redact", "--redact-regex", "(", cassetteFile(cassetteOf(clean))])).toMatchObject({
    code: 2,
    stdout: "",
  });
});
