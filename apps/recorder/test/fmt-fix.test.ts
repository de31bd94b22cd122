import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatCassette, parseCassette } from "@eventstream-kit/cassette";
import { describe, expect, test } from "vitest";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";

const cassette = cassetteOf(exchangeOf("chat", "Hello"));
const canonical = formatCassette(cassette);
const untidy = canonical.replaceAll(":[", " : [");
const read = (file: string) => readFileSync(file, "utf8");

describe("record case 25: fmt", () => {
  test("gives the canonical form, names what it changed, and finds nothing the second time", async () => {
    const folder = tempDir();
    const [a, b] = [cassetteFile(untidy, folder, "a"), cassetteFile(cassette, folder, "b")];
    writeFileSync(join(folder, "notes.txt"), "not a cassette");
    expect(await eventstream(["fmt", folder])).toMatchObject({ code: 0, stdout: `${a}\n`, stderr: "" });
    expect([read(a), read(b)]).toEqual([canonical, canonical]);
    expect(await eventstream(["fmt", folder])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(readdirSync(folder)).toHaveLength(3);
  });

  test("gives the same bytes whatever the machine's language, time zone and line ends", async () => {
    const runs = await Promise.all([
      eventstream(["fmt", "-"], untidy, { env: { TZ: "Pacific/Chatham", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" } }),
      eventstream(["fmt", "-"], untidy.replaceAll("\n", "\r\n"), { env: { TZ: "UTC", LANG: "C", LC_ALL: "C" } }),
    ]);
    for (const run of runs) expect(run).toMatchObject({ code: 0, stdout: canonical, stderr: "" });
  });

  test("a checkout with CRLF loads", async () => {
    const file = cassetteFile(canonical.replaceAll("\n", "\r\n"));
    expect(await eventstream(["inspect", file])).toMatchObject({ code: 0 });
  });
});

describe("record case 26: a payload edited by hand", () => {
  const edited = canonical.replace('"text":"Hello"', '"text":"Good morning"');

  test("does not load: the line, and what to do", async () => {
    const run = await eventstream(["replay", cassetteFile(edited)]);
    expect(run).toMatchObject({ code: 4, stdout: "" });
    expect(run.stderr).toContain("line 6: end.bytes: found 213, but the lines above make 220");
    expect(run.stderr).toContain("eventstream fix");
  });

  test("replays after fix, and its origin is edited", async () => {
    const file = cassetteFile(edited);
    expect(await eventstream(["fix", file])).toMatchObject({ code: 0, stdout: `${file}\n`, stderr: "" });
    expect(parseCassette(read(file)).header.origin).toBe("edited");
    const replay = start(["replay", file, "--json"]);
    const path = "/2021-11-15/functions/chat/response-streaming-invocations";
    const answer = await fetch((await urlOf(replay)) + path, { method: "POST", body: '{"id":7}' });
    expect(await answer.text()).toContain("Good morning");
  });
});

describe("--check changes nothing, and says with exit 3 that something would change", () => {
  const stale = canonical.replace('"items":2', '"items":3');
  test.each([
    ["fmt", untidy],
    ["fix", stale],
  ])("%s", async (command, text) => {
    const file = cassetteFile(text);
    const run = await eventstream([command, "--check", file]);
    expect(run).toMatchObject({ code: 3, stdout: `${file}\n` });
    expect(run.stderr).toContain(`1 file would change: eventstream ${command} does it`);
    expect(read(file)).toBe(text);
    expect(await eventstream([command, "--check", cassetteFile(canonical)])).toMatchObject({ code: 0, stderr: "" });
    expect(await eventstream([command, "--check", "-"], text)).toMatchObject({ code: 3, stdout: "" });
  });

  test("--json: one object with a schema and a version", async () => {
    const file = cassetteFile(untidy);
    const run = await eventstream(["fmt", "--check", "--json", file]);
    expect(run.code).toBe(3);
    expect(JSON.parse(run.stdout)).toEqual({
      schema: "eventstream/fmt",
      version: 1,
      check: true,
      files: [{ file, changed: true }],
    });
  });
});

test("A file that is no cassette is named, and the others are rewritten all the same", async () => {
  const folder = tempDir();
  const [bad, good] = [cassetteFile("oops", folder, "a"), cassetteFile(untidy, folder, "b")];
  const run = await eventstream(["fmt", folder]);
  expect(run).toMatchObject({ code: 4, stdout: `${good}\n` });
  expect(run.stderr).toContain(`${bad}: Cassette line 1 is not JSON`);
  expect([read(bad), read(good)]).toEqual(["oops", canonical]);
});

test("What is no text is refused, not mended", async () => {
  const bytes = Buffer.from(canonical.replace("a test", "a \u0001"), "utf8");
  bytes[bytes.indexOf(1)] = 0xff;
  const run = await eventstream(["fmt", "-"], bytes);
  expect(run).toMatchObject({ code: 4, stdout: "" });
  expect(run.stderr).toContain("not UTF-8");
});

test("Permissions stay, and comments too", async () => {
  const file = cassetteFile(untidy.replace('{"k":"res"', '# The answer\n{"k":"res"'));
  const { mode } = statSync(file);
  expect((await eventstream(["fmt", file])).code).toBe(0);
  expect(statSync(file).mode).toBe(mode);
  expect(read(file)).toContain("\n# The answer\n");
});

test("Without paths: the folder cassettes, or the one of EVENTSTREAM_DIR", async () => {
  const cwd = tempDir();
  for (const name of ["cassettes", "other"]) {
    mkdirSync(join(cwd, name));
    cassetteFile(untidy, join(cwd, name));
  }
  expect((await eventstream(["fmt"], "", { cwd })).stdout).toBe(`${join("cassettes", "a.cassette.jsonl")}\n`);
  const env = { EVENTSTREAM_DIR: "other" };
  expect((await eventstream(["fmt"], "", { cwd, env })).stdout).toBe(`${join("other", "a.cassette.jsonl")}\n`);
  expect(await eventstream(["fix", "nowhere"], "", { cwd })).toMatchObject({ code: 2, stdout: "" });
});
