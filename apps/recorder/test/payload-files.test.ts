import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exchangeChunks, type Exchange } from "@eventstream-kit/cassette";
import { loadCassette, saveCassette } from "@eventstream-kit/cassette/node";
import { describe, expect, test } from "vitest";
import { cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, tempDir } from "./eventstream.ts";

/** More than a line takes: `saveCassette` puts it into a file. */
const long = "x".repeat(70_000);

async function savedCassette(...exchanges: Exchange[]): Promise<string> {
  const path = join(tempDir(), "long.cassette.jsonl");
  await saveCassette(path, cassetteOf(...exchanges), { secrets: [] });
  return path;
}

const hashOf = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest("hex");

describe("Commands that read a cassette find its payload files beside it, whatever else they are told", () => {
  const exchange = exchangeOf("chat", "Hello", long);
  const body = hashOf(...exchangeChunks(exchange));

  test.each([
    ["convert", ["convert", "--to", "raw", "--path", "/elsewhere/x"]],
    ["decode, and encode what it printed", ["decode"]],
    ["encode", ["encode"]],
  ])("%s", async (_, args) => {
    const first = await eventstream([...args, await savedCassette(exchange)]);
    const run = args[0] === "decode" ? await eventstream(["encode"], first.bytes) : first;
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(hashOf(run.bytes)).toBe(body);
  });

  test.each([["convert --to raw"], ["encode"], ["fmt -"]])("%s says so when it is standard input", async (args) => {
    const run = await eventstream(args.split(" "), readFileSync(await savedCassette(exchange)));
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/Standard input names the payload file long\.cassette\.jsonl\.d\/[0-9a-f]{64}\.bin/);
    expect(run.stderr).toContain("Name the cassette's file in place of standard input");
  });
});

test.each(["fix", "fmt", "replay", "decode"])(
  "%s says of a payload file that is gone where to get it, not to fix",
  async (command) => {
    const path = await savedCassette(exchangeOf("chat", "Hello", long));
    rmSync(`${path}.d`, { recursive: true });
    const run = await eventstream([command, path]);
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(
      /line 5: frame\.file: reading long\.cassette\.jsonl\.d\/[0-9a-f]{64}\.bin failed: ENOENT\n/,
    );
    expect(run.stderr).toContain("Payload files belong beside the cassette");
    expect(run.stderr).not.toContain("eventstream fix");
  },
);

describe("A payload that fits no line of 1 MiB", () => {
  test.each([1_048_520, 1_500_000])("of %i bytes is decoded to lines that encode takes", async (bytes) => {
    const exchange = exchangeOf("chat", "Hello", "x".repeat(bytes), "World");
    const decoded = await eventstream(["decode", await savedCassette(exchange)]);
    expect(decoded.code).toBe(0);
    expect(decoded.stderr).toContain("raw lines: rejected:too_large");
    const encoded = await eventstream(["encode"], decoded.bytes);
    expect(encoded).toMatchObject({ code: 0, stderr: "" });
    expect(hashOf(encoded.bytes)).toBe(hashOf(...exchangeChunks(exchange)));
  });

  test("is printed whole by what prints no lines", async () => {
    const big = "x".repeat(1_500_000);
    const exchange = exchangeOf("chat", "Hello", big, "World");
    const stream = Buffer.concat(exchangeChunks(exchange));
    const args = ["decode", "--format", "payload"];
    for (const run of [await eventstream([...args, await savedCassette(exchange)]), await eventstream(args, stream)]) {
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(hashOf(run.bytes)).toBe(hashOf(Buffer.from(`Hello${big}World`)));
    }
  });
});

test("redact masks in payload files and removes the old ones; comments, permissions and other payloads stay", async () => {
  const keyId = "AKIAIOSFODNN7EXAMPLE";
  const path = await savedCassette(exchangeOf("clean", long), exchangeOf("leaking", `${long} ${keyId} end`));
  const lines = readFileSync(path, "utf8").split("\n");
  const second = lines.findLastIndex((line) => line.startsWith('{"k":"req"'));
  writeFileSync(path, lines.toSpliced(second + 1, 0, "# why it is here", '{"k":"later"}').join("\n"));
  chmodSync(path, 0o644);
  const before = readdirSync(`${path}.d`);

  const checked = await eventstream(["redact", "--check", path]);
  expect(checked).toMatchObject({ code: 3, stdout: `${path}\n` });
  expect(readdirSync(`${path}.d`)).toEqual(before);

  expect(await eventstream(["redact", path])).toMatchObject({ code: 0, stdout: `${path}\n`, stderr: "" });
  const after = readdirSync(`${path}.d`);
  expect(after).toHaveLength(2);
  expect(after.filter((name) => before.includes(name))).toEqual([`${hashOf(Buffer.from(long))}.bin`]);
  for (const name of after) expect(readFileSync(join(`${path}.d`, name), "utf8")).not.toContain(keyId);
  expect(statSync(path).mode & 0o777).toBe(0o644);
  const text = readFileSync(path, "utf8");
  expect(text).toContain("# why it is here\n");
  expect(text).toContain('{"k":"later"}\n');
  const { exchanges } = await loadCassette(path);
  expect(exchanges[1]!.meta).toMatchObject({ redacted: { "aws-access-key-id": 1 } });
  expect(await eventstream(["redact", path])).toMatchObject({ code: 0, stdout: "", stderr: "" });
});
