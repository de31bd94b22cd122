import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { saveCassette } from "@eventstream-kit/cassette/node";
import { describe, expect, test } from "vitest";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, tempDir } from "./eventstream.ts";

const id = "01234567-89ab-cdef-0123-456789abcdef";
const hash = "ab".repeat(32);

/** Everything below a folder, folders with a slash at their end. */
const all = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1) + (entry.isDirectory() ? "/" : ""))
    .sort();

/** A cassette with one payload file. */
async function longCassette(folder: string, name = "long"): Promise<string> {
  const path = join(folder, `${name}.cassette.jsonl`);
  await saveCassette(path, cassetteOf(exchangeOf("chat", "x".repeat(70_000))), { secrets: [] });
  return path;
}

function put(folder: string, ...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "half");
  }
}

/** As what the system does not let everybody do, but lets root. */
function refusing(work: "readdir" | "rm", part: string): { NODE_OPTIONS: string } {
  const preload = join(tempDir(), "preload.mjs");
  writeFileSync(
    preload,
    `import fs from "node:fs/promises";
    import { syncBuiltinESMExports } from "node:module";
    const { ${work} } = fs;
    fs.${work} = (path, ...more) =>
      path.includes(${JSON.stringify(part)}) ? Promise.reject(new Error("EACCES: no")) : ${work}(path, ...more);
    syncBuiltinESMExports();`,
  );
  return { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` };
}

describe("check --fix", () => {
  test("removes what writes that were killed have left, and payload files that nobody names: exit 0", async () => {
    const folder = tempDir();
    await longCassette(folder);
    const kept = all(folder);
    put(
      folder,
      `.long.cassette.jsonl.${id}.tmp`,
      `.long.cassette.jsonl.partial.${id}.tmp`,
      `long.cassette.jsonl.d/${hash}.bin`,
      `long.cassette.jsonl.d/.${hash}.bin.${id}.tmp`,
      `gone.cassette.jsonl.d/${hash}.bin`,
      `gone.cassette.jsonl.d/.${hash}.bin.${id}.tmp`,
    );
    mkdirSync(join(folder, "empty.cassette.jsonl.d"));
    const run = await eventstream(["check", "--fix", folder]);
    expect(run).toMatchObject({ code: 0, stderr: "1 cassette checked: 6 findings, all fixed\n" });
    expect(run.stdout.trimEnd().split("\n")).toEqual([
      `${folder}/.long.cassette.jsonl.${id}.tmp: orphan: it is what a write that did not finish left behind; removed`,
      `${folder}/.long.cassette.jsonl.partial.${id}.tmp: orphan: it is what a write that did not finish left behind; removed`,
      `${folder}/empty.cassette.jsonl.d: orphan: it is empty; removed`,
      `${folder}/gone.cassette.jsonl.d: orphan: its cassette gone.cassette.jsonl is gone; removed`,
      `${folder}/long.cassette.jsonl.d/.${hash}.bin.${id}.tmp: orphan: it is what a write that did not finish left behind; removed`,
      `${folder}/long.cassette.jsonl.d/${hash}.bin: orphan: long.cassette.jsonl does not name it; removed`,
    ]);
    expect(all(folder)).toEqual(kept);
    expect(await eventstream(["check", "--fix", folder])).toMatchObject({ code: 0, stdout: "" });
  });

  test("removes a folder with its last payload", async () => {
    const folder = tempDir();
    cassetteFile(cassetteOf(exchangeOf("chat", "Hello")), folder);
    put(folder, `a.cassette.jsonl.d/${hash}.bin`, `a.cassette.jsonl.d/.${hash}.bin.${id}.tmp`);
    expect((await eventstream(["check", "--fix", folder])).code).toBe(0);
    expect(all(folder)).toEqual(["a.cassette.jsonl"]);
  });

  test("removes no recording and nothing of somebody else: exit 3, and what is fixed is marked", async () => {
    const folder = tempDir();
    const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hello")), folder);
    writeFileSync(`${file}.partial`, readFileSync(file));
    put(folder, "a.cassette.jsonl.d/notes.txt", "gone.cassette.jsonl.d/notes.txt", `gone.cassette.jsonl.d/${hash}.bin`);
    const kept = all(folder);
    put(folder, `.a.cassette.jsonl.${id}.tmp`);
    const run = await eventstream(["check", "--fix", "--json", "--max-age", "1h", folder]);
    expect(run.code).toBe(3);
    const { findings } = JSON.parse(run.stdout) as { findings: { check: string; file: string; fixed?: true }[] };
    expect(findings.map(({ check, file: path, fixed }) => [check, path.slice(folder.length + 1), fixed])).toEqual([
      ["stale", "a.cassette.jsonl", undefined],
      ["orphan", `.a.cassette.jsonl.${id}.tmp`, true],
      ["orphan", "a.cassette.jsonl.d/notes.txt", undefined],
      ["orphan", "a.cassette.jsonl.partial", undefined],
      ["orphan", "gone.cassette.jsonl.d", undefined],
    ]);
    expect(all(folder)).toEqual(kept);
    expect((await eventstream(["check", "--fix", folder])).stderr).toBe("1 cassette checked: 3 findings\n");
  });

  test("removes what is left where no cassette is", async () => {
    const folder = tempDir();
    put(folder, `.a.cassette.jsonl.${id}.tmp`, `gone.cassette.jsonl.d/${hash}.bin`);
    const found = await eventstream(["check", folder]);
    expect(found).toMatchObject({ code: 3, stderr: "0 cassettes checked: 2 findings\n" });
    const run = await eventstream(["check", "--fix", folder]);
    expect(run).toMatchObject({ code: 0, stderr: "0 cassettes checked: 2 findings, all fixed\n" });
    expect(run.stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(all(folder)).toEqual([]);

    // Now there is nothing at all: most likely it is not the folder that was meant.
    const nothing = await eventstream(["check", "--fix", folder]);
    expect(nothing).toMatchObject({ code: 2, stdout: "" });
    expect(nothing.stderr).toContain("has no cassettes");
  });

  test("says of each folder without anything that it has no cassettes, and removes nothing then", async () => {
    const [folder, empty] = [tempDir(), tempDir()];
    put(folder, `.a.cassette.jsonl.${id}.tmp`);
    const run = await eventstream(["check", "--fix", folder, empty]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(`${empty} has no cassettes`);
    expect(all(folder)).toHaveLength(1);
  });

  test("leaves damage and secrets as they are", async () => {
    const folder = tempDir();
    const file = cassetteFile("oops", folder);
    put(folder, `.a.cassette.jsonl.${id}.tmp`);
    const run = await eventstream(["check", "--fix", folder]);
    expect(run).toMatchObject({ code: 4, stderr: "1 cassette checked: 2 findings, 1 of them fixed\n" });
    expect(readFileSync(file, "utf8")).toBe("oops");
  });

  test("follows no links", async () => {
    const [folder, elsewhere] = [tempDir(), tempDir()];
    cassetteFile(cassetteOf(exchangeOf("chat", "Hello")), folder);
    put(elsewhere, `${hash}.bin`, "tmp");
    symlinkSync(elsewhere, join(folder, "gone.cassette.jsonl.d"));
    symlinkSync(join(elsewhere, "tmp"), join(folder, `.a.cassette.jsonl.${id}.tmp`));
    expect(await eventstream(["check", "--fix", folder])).toMatchObject({ code: 0, stdout: "" });
    expect(all(elsewhere)).toEqual([`${hash}.bin`, "tmp"]);
  });

  test("says of a folder that cannot be read that it cannot", async () => {
    const folder = tempDir();
    put(folder, `.a.cassette.jsonl.${id}.tmp`);
    const env = refusing("readdir", folder);
    const run = await eventstream(["check", "--fix", folder], "", { env });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(`error: Could not read ${folder}: `);
  });

  test("says what cannot be removed, and goes on", async () => {
    const folder = tempDir();
    cassetteFile(cassetteOf(exchangeOf("chat", "Hello")), folder);
    put(folder, `.a.cassette.jsonl.${id}.tmp`, `.b.cassette.jsonl.${id}.tmp`);
    const env = refusing("rm", ".a.");
    const run = await eventstream(["check", "--fix", folder], "", { env });
    const left = `.a.cassette.jsonl.${id}.tmp`;
    expect(run).toMatchObject({
      code: 3,
      stderr: `error: Removing ${folder}/${left} failed: EACCES: no\n1 cassette checked: 2 findings, 1 of them fixed\n`,
    });
    expect(all(folder)).toEqual([left, "a.cassette.jsonl"]);
  });
});

test("The payload files of a cassette that was given another name belong to it", async () => {
  const folder = tempDir();
  renameSync(await longCassette(folder), join(folder, "other.cassette.jsonl"));
  put(folder, `long.cassette.jsonl.d/${hash}.bin`);
  const run = await eventstream(["check", "--fix", folder]);
  expect(run.code).toBe(0);
  expect(run.stdout).toBe(
    `${folder}/long.cassette.jsonl.d/${hash}.bin: orphan: long.cassette.jsonl does not name it; removed\n`,
  );
  expect(await eventstream(["check", folder])).toMatchObject({ code: 0, stdout: "" });
  rmSync(join(folder, "long.cassette.jsonl.d"), { recursive: true });
  expect((await eventstream(["check", folder])).code).toBe(4);
});

test("The payload files of a cassette that is a link belong to it", async () => {
  const [folder, elsewhere] = [tempDir(), tempDir()];
  const cassette = await longCassette(folder);
  renameSync(cassette, join(elsewhere, "real"));
  symlinkSync(join(elsewhere, "real"), cassette);
  const kept = all(folder);
  expect(await eventstream(["check", "--fix", folder])).toMatchObject({ code: 0, stdout: "" });
  expect(all(folder)).toEqual(kept);

  // When the place it leads to is not there, nobody knows what it names.
  rmSync(join(elsewhere, "real"));
  renameSync(cassette, join(folder, "long.jsonl"));
  cassetteFile(cassetteOf(exchangeOf("chat", "Hello")), folder);
  const run = await eventstream(["check", "--fix", folder]);
  expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining("Reading") as string });
  expect(all(folder)).toEqual(expect.arrayContaining(kept.filter((name) => name.includes(".d/"))));
});
