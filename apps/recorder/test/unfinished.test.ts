import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeUnfinished } from "../src/unfinished.ts";
import { tempDir } from "./eventstream.ts";

const id = "01234567-89ab-cdef-0123-456789abcdef";
const hash = "ab".repeat(32);

/** A folder with what killed writes to two cassettes have left. */
function folderWithRests(...cassettes: readonly string[]): string {
  const folder = tempDir();
  for (const name of cassettes) {
    writeFileSync(join(folder, `.${name}.${id}.tmp`), "half");
    mkdirSync(join(folder, `${name}.d`));
    writeFileSync(join(folder, `${name}.d`, `${hash}.bin`), "half");
  }
  return folder;
}

const others = [`.other.cassette.jsonl.${id}.tmp`, "other.cassette.jsonl.d"];

test.each([
  ["in the folder of --out", "mine.cassette.jsonl", ""],
  ["in a file that --out names", "mine.jsonl", ""],
  ["where the path has a dot", "mine.cassette.jsonl", "/."],
])("What is left of a write is removed, %s", async (_, mine, detour) => {
  const folder = folderWithRests(mine, "other.cassette.jsonl");
  await removeUnfinished([`${folder}${detour}/${mine}`], "all");
  expect(readdirSync(folder).sort()).toEqual(others);
});

test("Payload files stay while something may be writing", async () => {
  const folder = folderWithRests("mine.cassette.jsonl", "other.cassette.jsonl");
  await removeUnfinished([join(folder, "mine.cassette.jsonl")], "temporary");
  expect(readdirSync(folder).sort()).toEqual([others[0], "mine.cassette.jsonl.d", others[1]]);
});
