import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exchangeChunks, type Exchange } from "@eventstream-kit/cassette";
import { saveCassette } from "@eventstream-kit/cassette/node";
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
