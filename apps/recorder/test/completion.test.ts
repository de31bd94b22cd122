import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { commands } from "../src/command-table.ts";
import { eventstream, tempDir } from "./eventstream.ts";

const exec = promisify(execFile);
const shells = ["bash", "zsh", "fish", "pwsh"] as const;
const scripts: Record<string, string> = {};

beforeAll(async () => {
  for (const shell of shells) {
    const { stdout, code } = await eventstream(["completion", shell]);
    if (code !== 0) throw new Error(`eventstream completion ${shell} ended with ${String(code)}`);
    scripts[shell] = stdout;
  }
});

/** Undefined without the program. */
async function run(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await exec(program, args, { env: { PATH: process.env["PATH"] } });
    expect(stderr).toBe("");
    return stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function fileOf(shell: string): string {
  const file = join(tempDir(), `completion.${shell}`);
  writeFileSync(file, scripts[shell]!);
  return file;
}

describe("record case 38: the completions of four shells parse, and complete; help is narrow and has an example", () => {
  test("bash", async ({ skip }) => {
    const file = fileOf("bash");
    if ((await run("bash", "-n", file)) === undefined) skip("bash is not installed");
    const complete = async (...words: string[]) => {
      const line = words.map((word) => `'${word}'`).join(" ");
      const script = `source '${file}'; COMP_WORDS=(eventstream ${line}); COMP_CWORD=${words.length}; _eventstream`;
      const found = await run("bash", "--norc", "-c", `${script}; printf '%s\\n' "\${COMPREPLY[@]}"`);
      return found!.trim().split("\n");
    };
    expect(await complete("")).toEqual([...Object.keys(commands), "help"]);
    expect(await complete("rec")).toEqual(["record"]);
    expect(await complete("--config", "x.json", "record", "--mo")).toEqual(["--mode"]);
    expect(await complete("record", "--mode", "")).toEqual(["record", "new", "auto"]);
    expect(await complete("convert", "--to", "c")).toEqual(["cassette", "curl"]);
    expect(await complete("completion", "f")).toEqual(["fish"]);
    expect(await complete("decode", "--debu")).toEqual(["--debug"]);
  });

  test("zsh", async ({ skip }) => {
    const file = fileOf("zsh");
    if ((await run("zsh", "-n", file)) === undefined) skip("zsh is not installed");
    const script = `autoload -U compinit && compinit -u -D && source '${file}' && print $_comps[eventstream]`;
    expect(await run("zsh", "-f", "-c", script)).toBe("_eventstream\n");
  });

  test("fish", async ({ skip }) => {
    const file = fileOf("fish");
    if ((await run("fish", "--no-execute", file)) === undefined) skip("fish is not installed");
    const complete = async (line: string) => {
      const found = await run("fish", "--no-config", "-c", `source '${file}'; complete -C '${line}'`);
      return found!
        .trim()
        .split("\n")
        .map((entry) => entry.split("\t")[0]);
    };
    expect(await complete("eventstream rec")).toEqual(["record"]);
    expect(await complete("eventstream record --mo")).toEqual(["--mode"]);
    expect(await complete("eventstream convert --to c")).toEqual(["cassette", "curl"]);
    expect(await complete("eventstream completion f")).toEqual(["fish"]);
  });

  test("pwsh", async ({ skip }) => {
    const file = fileOf("pwsh");
    const parse = `$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile('${file}', [ref]$null, [ref]$e); $e`;
    const problems = await run("pwsh", "-NoProfile", "-Command", parse);
    if (problems === undefined) skip("pwsh is not installed");
    expect(problems).toBe("");
  });

  test.each(["", ...Object.keys(commands)])("eventstream %s --help", async (command) => {
    const help = await eventstream([...(command === "" ? [] : [command]), "--help"], "", { env: { COLUMNS: "300" } });
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(Math.max(...help.stdout.split("\n").map((line) => line.length))).toBeLessThan(80);
    expect(help.stdout).toMatch(/^Examples?:\n {2}\$ .*eventstream /m);
  });

  test.each([
    [
      ["help", "decode"],
      ["decode", "--help"],
    ],
    [["help"], ["--help"]],
    [["help", "help"], ["--help"]],
  ])("%j prints what %j does", async (asked, option) => {
    expect(await eventstream(asked)).toEqual(await eventstream(option));
  });
});

test("Every command and option is in each of them", () => {
  for (const shell of shells) {
    for (const name of [...Object.keys(commands), "redact-regex", "lenient", "no-color"]) {
      expect(scripts[shell]).toContain(name);
    }
  }
});

test("Another shell is refused", async () => {
  const refused = await eventstream(["completion", "tcsh"]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("bash, zsh, fish, pwsh");
});
