import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeUnfinished } from "../src/unfinished.ts";
import { tempDir } from "./eventstream.ts";

const id = "01234567-89ab-cdef-0123-456789abcdef";
const hash = "ab".repeat(32);

/** A folder with what killed writes to two cassettes have left. */
function folderWithRests(): string {
  const folder = tempDir();
  for (const name of ["mine", "other"]) {
    writeFileSync(join(folder, `.${name}.cassette.jsonl.${id}.tmp`), "half");
    mkdirSync(join(folder, `${name}.cassette.jsonl.d`));
    writeFileSync(join(folder, `${name}.cassette.jsonl.d`, `${hash}.bin`), "half");
  }
  return folder;
}

const others = [`.other.cassette.jsonl.${id}.tmp`, "other.cassette.jsonl.d"];

test.each(["", "/."])("What is left of a write is removed, however its path was typed: %j in it", async (detour) => {
  const folder = folderWithRests();
  await removeUnfinished([`${folder}${detour}/mine.cassette.jsonl`], "all");
  expect(readdirSync(folder).sort()).toEqual(others);
});

test("Payload files stay while something may be writing", async () => {
  const folder = folderWithRests();
  await removeUnfinished([join(folder, "mine.cassette.jsonl")], "temporary");
  expect(readdirSync(folder).sort()).toEqual([others[0], "mine.cassette.jsonl.d", others[1]]);
});
