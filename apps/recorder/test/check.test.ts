import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endOf, formatCassette, type Exchange, type Item } from "@eventstream-kit/cassette";
import { decodeMessage, encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { checksumProblem } from "../src/check/second-opinion.ts";
import { cassetteFile, cassetteOf, chunkItem, exchangeOf } from "./cassettes.ts";
import { bin, eventstream, tempDir } from "./eventstream.ts";

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const recordedAt = (days: number, name = "chat") => ({
  ...exchangeOf(name, "Hello"),
  meta: { recordedAt: daysAgo(days) },
});

/** The arguments for calling a function, as a child of replay. */
const call = (name: string) => [process.execPath, bin, "invoke", name, "--payload", '{"id":7}'];

const complete = (json: object): Item => ({
  kind: "frame",
  message: decodeMessage(encodeEvent({ event: "InvokeComplete", json })),
});

const raw = (why: "prelude_crc" | "message_crc", bytes: Uint8Array): Item => ({ kind: "raw", why, bytes });

function withItems(...items: Item[]): Exchange {
  const { request, response } = exchangeOf("chat");
  return { request, response, items, end: endOf(items) };
}

test("Nothing to complain about: exit 0 and an empty standard output", async () => {
  const run = await eventstream(["check", cassetteFile(cassetteOf(exchangeOf("chat", "Hello")))]);
  expect(run).toMatchObject({ code: 0, stdout: "", stderr: "1 cassette checked: nothing found\n" });
});

describe("record case 30: check reports", () => {
  test("stale cassettes, by the age that is asked for: exit 3", async () => {
    const file = cassetteFile(cassetteOf(recordedAt(10), recordedAt(100)));
    const run = await eventstream(["check", file, "--max-age", "90d"]);
    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/^.+: stale: exchange 2: it was recorded at .+\n$/);
    expect(run.stderr).toBe("1 cassette checked: 1 finding\n");
    expect(await eventstream(["check", file])).toMatchObject({ code: 0 });
    expect((await eventstream(["check", file, "--max-age", "1w"])).stdout.match(/: stale: /g)).toHaveLength(2);
  });

  test("unused ones, by the report of a replay that passed: exit 3", async () => {
    const cwd = tempDir();
    mkdirSync(join(cwd, "cassettes"));
    cassetteFile(cassetteOf(exchangeOf("chat", "a"), exchangeOf("report", "b")), join(cwd, "cassettes"));
    const replay = ["replay", "cassettes", "--report", "used.json", "--"];
    expect((await eventstream([...replay, ...call("chat")], "", { cwd })).code).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, "used.json"), "utf8"))).toEqual({
      schema: "eventstream/usage",
      version: 1,
      passed: true,
      exchanges: [
        { file: "cassettes/a.cassette.jsonl", exchange: 1, played: 1 },
        { file: "cassettes/a.cassette.jsonl", exchange: 2, played: 0 },
      ],
    });
    const run = await eventstream(["check", "--used", "used.json"], "", { cwd });
    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/: unused: exchange 2: nobody asked for POST .*report.*\n$/);

    // A second run that plays the rest leaves nothing unused.
    const second = ["replay", "cassettes", "--report", "more.json", "--", ...call("report")];
    expect((await eventstream(second, "", { cwd })).code).toBe(0);
    const both = ["check", "--used", "used.json", "--used", "more.json"];
    expect(await eventstream(both, "", { cwd })).toMatchObject({ code: 0, stdout: "" });

    // What a run did not get to is not unused.
    expect((await eventstream([...replay, ...call("missing")], "", { cwd })).code).not.toBe(0);
    const refused = await eventstream(["check", "--used", "used.json"], "", { cwd });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("of a run that failed");
  });

  test("orphans: exit 3", async () => {
    const folder = tempDir();
    const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hello")), folder);
    writeFileSync(join(folder, ".a.cassette.jsonl.01234567-89ab-cdef-0123-456789abcdef.tmp"), "half");
    writeFileSync(join(folder, "b.cassette.jsonl.partial"), readFileSync(file));
    writeFileSync(join(folder, "README.md"), "of no concern");
    for (const name of ["a", "gone"]) {
      mkdirSync(join(folder, `${name}.cassette.jsonl.d`));
      writeFileSync(join(folder, `${name}.cassette.jsonl.d`, "0123.bin"), "payload");
    }
    mkdirSync(join(folder, "empty.cassette.jsonl.d"));
    writeFileSync(join(folder, "file.cassette.jsonl.d"), "no folder, and of no concern");
    const run = await eventstream(["check", folder]);
    expect(run.code).toBe(3);
    const lines = run.stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.replace(`${folder}/`, ""))).toEqual([
      ".a.cassette.jsonl.01234567-89ab-cdef-0123-456789abcdef.tmp: orphan: it is what a write that did not finish left behind",
      "a.cassette.jsonl.d/0123.bin: orphan: a.cassette.jsonl does not name it",
      "b.cassette.jsonl.partial: orphan: it has calls that were broken off, and nothing replays it",
      "empty.cassette.jsonl.d: orphan: it is empty",
      "gone.cassette.jsonl.d: orphan: its cassette gone.cassette.jsonl is gone",
    ]);
  });

  const good = formatCassette(cassetteOf(exchangeOf("chat", "Hello")));
  test.each([
    ["integrity", good.replace("Hello", "Hallo!"), ":6: integrity: Cassette line 6: end.bytes: found 213"],
    ["schema", good.replace('"status":200', '"status":"fine"'), ":3: schema: Cassette line 3: res.status"],
    [
      "nested too deep",
      good.replace('"meta",', `"meta","deep":${"[".repeat(100_000)}${"]".repeat(100_000)},`),
      ":8: schema: Cassette line 8: meta.deep is a value nested too deep to be shown",
    ],
  ])("%s: exit 4, and the line", async (_name, text, expected) => {
    const file = cassetteFile(text);
    const run = await eventstream(["check", file]);
    expect(run.code).toBe(4);
    expect(run.stdout).toContain(file + expected);
  });

  test("everything in one object with --json; the worst decides the exit code", async () => {
    const folder = tempDir();
    const old = cassetteFile(cassetteOf(recordedAt(100)), folder, "a");
    const bad = cassetteFile("oops", folder, "b");
    const run = await eventstream(["check", folder, "--max-age", "90d", "--json"]);
    expect(run).toMatchObject({ code: 4, stderr: "" });
    expect(JSON.parse(run.stdout)).toMatchObject({
      schema: "eventstream/check",
      version: 1,
      files: 2,
      findings: [
        { check: "stale", file: old, exchange: 1 },
        { check: "schema", file: bad, line: 1 },
      ],
    });
  });
});

describe("Secrets: exit 5, the rule and never the value", () => {
  // Put together here, so that nobody takes this file for a leak.
  const keyId = ["AKIA", "QYTH7VN2ABCDEFGH"].join("");
  const log = Buffer.from(`START\nthe key is ${keyId}!\nEND`).toString("base64");

  test.each([
    ["in a payload", [chunkItem(`key=${keyId};`)], /:4: secret: it has what looks like a secret: aws-access-key-id\n$/],
    [
      "cut in two by a frame boundary",
      [chunkItem(keyId.slice(0, 9)), chunkItem(keyId.slice(9))],
      /: secret: exchange 1: .+: aws-access-key-id\n$/,
    ],
    ["in a log", [complete({ LogResult: log })], /: secret: .+: aws-access-key-id\n$/],
    ["a private key", [chunkItem(["-----BEGIN RSA", "PRIVATE KEY-----"].join(" "))], /:4: secret: .+: private-key\n$/],
    [
      "a JWT",
      [chunkItem(["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", "c2lnbmF0dXJlLW9mLWl0"].join("."))],
      /: jwt\n$/,
    ],
    [
      "a session token by its name",
      [chunkItem(["AWS_SESSION", "TOKEN=0123456789abcdef"].join("_"))],
      /: aws-session-token\n$/,
    ],
    ["a key for Bedrock", [chunkItem(`ABSK${"QmVkcm9j".repeat(6)}`)], /:4: secret: .+: bedrock-api-key\n$/],
    ["a service's bearer token", [chunkItem(["ABIA", "QYTH7VN2ABCDEFGH"].join(""))], /: aws-access-key-id\n$/],
  ])("%s", async (_name, items, expected) => {
    const run = await eventstream(["check", cassetteFile(cassetteOf(withItems(...items)))]);
    expect(run.code).toBe(5);
    expect(run.stdout).toMatch(expected);
    expect(run.stdout + run.stderr).not.toContain(keyId);
  });

  test("the credentials of the environment, however they look", async () => {
    const file = cassetteFile(cassetteOf(exchangeOf("chat", "the secret is plain-and-simple-words")));
    expect(await eventstream(["check", file])).toMatchObject({ code: 0 });
    const run = await eventstream(["check", file], "", { env: { AWS_SECRET_ACCESS_KEY: "plain-and-simple-words" } });
    expect(run.code).toBe(5);
    expect(run.stdout).toContain("one of the credentials of this environment");
    expect(run.stdout).not.toContain("plain-and-simple");
  });

  test("masks, accounts and the keys of AWS's documentation are none", async () => {
    const texts = [
      "AKIAIOSFODNN7EXAMPLE",
      `AKIA${"X".repeat(16)}`,
      "XAKIAQYTH7VN2ABCDEFGHX",
      `Authorization: Bearer ${"X".repeat(24)};`,
      `${["-----BEGIN RSA", "PRIVATE KEY-----"].join(" ")}\n${"X".repeat(16)}\n${["-----END RSA", "PRIVATE KEY-----"].join(" ")}`,
      "arn:aws:lambda:us-east-1:123456789012:function:f",
    ];
    const run = await eventstream(["check", cassetteFile(cassetteOf(exchangeOf("chat", ...texts)))]);
    expect(run).toMatchObject({ code: 0, stdout: "" });
  });
});

describe("The second opinion on checksums", () => {
  const bytes = encodeEvent({ event: "PayloadChunk", text: "Hello" });
  const changed = (at: number) => Uint8Array.from(bytes).fill(bytes[at]! ^ 1, at, at + 1);

  test("agrees with what is right and with what is wrong", () => {
    expect(checksumProblem({ kind: "frame", message: decodeMessage(bytes) })).toBeUndefined();
    expect(checksumProblem(raw("prelude_crc", changed(9)))).toBeUndefined();
    expect(checksumProblem(raw("message_crc", changed(bytes.length - 1)))).toBeUndefined();
    expect(checksumProblem({ kind: "raw", why: "truncated", bytes: bytes.subarray(0, 20) })).toBeUndefined();
    expect(checksumProblem(raw("prelude_crc", bytes.subarray(0, 5)))).toBeUndefined();
  });

  test("finds a raw line whose reason is not true: exit 4", async () => {
    expect(checksumProblem(raw("message_crc", bytes))).toContain("message CRC, and it is right");
    const run = await eventstream(["check", cassetteFile(cassetteOf(withItems(raw("prelude_crc", bytes))))]);
    expect(run.code).toBe(4);
    expect(run.stdout).toContain(": crc: exchange 1: item 1: the bytes are said to have a wrong prelude CRC");
  });
});

test.each([
  [["--max-age", "90"], "Expected an age such as 90d"],
  [["--used", "no-such-report"], "no-such-report"],
])("%j is refused with exit 2", async (args, message) => {
  const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hello")));
  const run = await eventstream(["check", file, ...args]);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr).toContain(message);
});
