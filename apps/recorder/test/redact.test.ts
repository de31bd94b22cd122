import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatCassette, parseCassette, type Cassette } from "@eventstream-kit/cassette";
import { saveCassette } from "@eventstream-kit/cassette/node";
import { describe, expect, test } from "vitest";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, tempDir } from "./eventstream.ts";

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

describe("redact leaves alone what still has a credential of the environment afterwards: exit 5", () => {
  const secret = "no-rule-knows/this+value";
  const env = { AWS_SECRET_ACCESS_KEY: secret };
  const hex = Buffer.from(secret).toString("hex");
  const long = "x".repeat(70_000);
  const commented = (text: string) => text.replace('{"k":"res"', `# ${secret}\n{"k":"res"`);

  test.each<[name: string, place: string, cassette: Cassette, edit?: (text: string) => string]>([
    ["as hex", "on line 4", cassetteOf(exchangeOf("a", `so ${hex} it is`))],
    ["as hex, with something to mask beside it", "on line 12", cassetteOf(leaking, exchangeOf("a", `so ${hex} it is`))],
    [
      "as hex, over the boundary of frames",
      "in exchange 1",
      cassetteOf(exchangeOf("a", hex.slice(0, 9), hex.slice(9))),
    ],
    ["as base64 of text", "on line 4", cassetteOf(exchangeOf("a", `so ${btoa(`<${secret}>`)} it is`))],
    ["in a comment", "on line 3", cassetteOf(clean, leaking), commented],
    ["as hex in a payload file", "in exchange 1", cassetteOf(exchangeOf("a", `${long} ${hex}`))],
    ["as hex beside payload files", "on line 5", cassetteOf(exchangeOf("a", long, hex))],
    [
      "as hex, with something to mask in a payload file",
      "in exchange 1",
      cassetteOf(exchangeOf("a", `${long} ${keyId} end`, hex)),
    ],
    ["in a comment beside payload files", "on line 3", cassetteOf(exchangeOf("a", `${long} ${keyId}`)), commented],
    ["in a comment beside clean payload files", "on line 3", cassetteOf(exchangeOf("a", long)), commented],
  ])("%s", async (_, place, cassette, edit = (text) => text) => {
    const file = join(tempDir(), "a.cassette.jsonl");
    await saveCassette(file, cassette, { secrets: [] });
    const before = edit(readFileSync(file, "utf8"));
    writeFileSync(file, before);
    const folder = () => readdirSync(dirname(file), { recursive: true }).toSorted((a, b) => (a < b ? -1 : 1));
    const files = folder();
    for (const args of [[file], ["--check", file], ...(files.length === 1 ? [["-"]] : [])]) {
      const run = await eventstream(["redact", ...args], args[0] === "-" ? before : "", { env });
      expect(run).toMatchObject({ code: 5, stdout: "" });
      expect(run.stderr).toContain(`${args[0] === "-" ? "(standard input)" : file} stays as it is: ${place} is one of`);
      expect(run.stderr).toContain("Remove it by hand, or record anew");
      expect(run.stderr).not.toContain(secret);
      expect(readFileSync(file, "utf8")).toBe(before);
      expect(folder()).toEqual(files);
    }
  });

  test("and masks the other files", async () => {
    const folder = tempDir();
    const bad = cassetteFile(cassetteOf(exchangeOf("a", hex)), folder, "a");
    const good = cassetteFile(cassetteOf(leaking), folder, "b");
    const run = await eventstream(["redact", folder], "", { env });
    expect(run).toMatchObject({ code: 5, stdout: `${good}\n` });
    expect(run.stderr).toContain(`${bad} stays as it is`);
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
