import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { wantsColor } from "../src/terminal.ts";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, start, tempDir } from "./eventstream.ts";
import { expectPublished } from "./json-schema.ts";
import { hasScript, noScript, onTerminal } from "./on-terminal.ts";

// oxlint-disable-next-line no-control-regex -- escape bytes are what is looked for
const escape = /\x1b/;

test("Without arguments: short help with two examples on standard error, exit 2", async () => {
  const run = await eventstream([]);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr.match(/^ {2}eventstream .+$/gm)).toHaveLength(2);
});

describe("What is wrong with a command line is said on standard error, with exit 2", () => {
  test.each([
    [["nope"], "Unknown command 'nope'"],
    [["help", "invok"], "Unknown command 'invok'\n(Did you mean invoke?)"],
    [["decode", "--prot"], "Unknown option '--prot'"],
    [["serve", "--port", "99999"], "Expected 0 to 65535"],
    [["serve", "--timeout", "901"], "Expected seconds above 0, up to 900"],
    [["serve", "--service", "l;s"], "Expected names such as"],
    [["record", "--allow-host", "https://example.com"], "Expected a host name without scheme and port"],
    [["record", "--allow-host", "example.com:443"], "Expected a host name without scheme and port"],
    [["convert", "--to", "cassette", "--path", "model"], "Expected a path from / on"],
    [["redact", "--redact-json", "email"], 'redact.json is "email"; expected a path such as $.user.email'],
    [["invoke", "chat", "--redact-json", "email"], 'redact.json is "email"; expected a path such as $.user.email'],
    [["decode", "a", "b"], "Too many arguments"],
    [["decode", "no-such-file"], "no-such-file"],
    [["inspect", "."], ". is a folder; expected a file, such as one in it"],
    [["nope"], "\nRun eventstream --help for how to use it\n"],
    [["decode", "--prot"], "\nRun eventstream decode --help for how to use it\n"],
  ])("%j", async (args, message) => {
    const run = await eventstream(args);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toContain("    at ");
  });

  test("--debug adds the stack", async () => {
    expect((await eventstream(["decode", "no-such-file", "--debug"])).stderr).toContain("    at ");
  });
});

test("--quiet leaves only what went wrong, --verbose says more", async () => {
  const cwd = tempDir();
  const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hi")), cwd);
  const [normal, quiet, verbose, both, failed] = await Promise.all([
    eventstream(["check", file]),
    eventstream(["check", file, "--quiet"]),
    eventstream(["check", file, "--verbose"]),
    eventstream(["check", file, "-q", "--verbose"]),
    eventstream(["-q", "check", "no-such-file"]),
  ]);
  expect(normal).toMatchObject({ code: 0, stdout: "", stderr: "1 cassette checked: nothing found\n" });
  expect(quiet).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect(verbose.stderr).toBe(`checking  ${file}\n${normal.stderr}`);
  expect(both).toMatchObject({ code: 2, stdout: "" });
  expect(failed.code).toBe(2);
  expect(failed.stderr).toContain("no-such-file");
});

test("--version prints the package's", async () => {
  expect(await eventstream(["--version"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
  });
});

describe("record case 36: no escape bytes but on a terminal that wants them", () => {
  test.each([[{ NO_COLOR: "1" }], [{ TERM: "dumb" }], [{}]])("%j", async (env) => {
    const runs = await Promise.all([eventstream(["--help"], "", { env }), eventstream(["nope"], "", { env })]);
    for (const run of runs) expect(run.stdout + run.stderr).not.toMatch(escape);
  });

  test("FORCE_COLOR is honoured, and --no-color wins over it", async () => {
    const env = { FORCE_COLOR: "1" };
    expect((await eventstream(["nope"], "", { env })).stderr).toMatch(escape);
    expect((await eventstream(["nope", "--no-color"], "", { env })).stderr).not.toMatch(escape);
  });

  test.for([{ NO_COLOR: "1" }, { TERM: "dumb" }])("on a terminal with %j", async (env, { skip }) => {
    skip(!hasScript(), noScript);
    const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hi")));
    for (const args of [
      ["--help"],
      ["nope"],
      ["inspect", file],
      ["inspect", "--hex", file],
      ["check", file],
      ["doctor"],
    ]) {
      const colored = await onTerminal(args, { TERM: "xterm" });
      expect(colored.output).toMatch(escape);
      const plain = await onTerminal(args, env);
      expect(plain.output.trim()).not.toBe("");
      expect(plain.output).not.toMatch(escape);
    }
  });

  test("--json is as its schema says, without colours, and nothing else is on standard output", async () => {
    const cwd = tempDir();
    const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hi")), cwd);
    writeFileSync(join(cwd, "chat.mjs"), 'export default () => "Hi";\n');
    const env = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", FORCE_COLOR: "1" };
    const child = ["--", process.execPath, "-e", ""];
    const printing = [
      ["check", file],
      ["config", "--show"],
      ["diff", file, file],
      ["doctor"],
      ["fix", file],
      ["fmt", file],
      ["inspect", file],
      ["redact", file],
    ] as const;
    for (const [name, ...args] of printing) {
      const { stdout } = await eventstream([name, ...args, "--json", "--verbose"], "", { cwd, env });
      expectPublished(stdout);
      expect(JSON.parse(stdout)).toMatchObject({ schema: `eventstream/${name}`, version: 1 });
    }
    const serving = [
      ["record", "--out", "new"],
      ["replay", file],
      ["serve", "--function", "chat=./chat.mjs"],
    ] as const;
    for (const args of serving) {
      const run = await eventstream([...args, "--verbose", ...child], "", { cwd, env });
      expect(run).toMatchObject({ code: 0, stdout: "" });
    }
  });

  test.each([
    [true, {}, [], true],
    [true, { NO_COLOR: "1" }, [], false],
    [true, { NO_COLOR: "" }, [], true],
    [true, { TERM: "dumb" }, [], false],
    [true, {}, ["--no-color"], false],
    [false, {}, [], false],
    [false, { FORCE_COLOR: "0" }, [], false],
    [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, [], false],
  ])("terminal %s, environment %j, arguments %j: %s", (terminal, env, argv, wanted) => {
    expect(wantsColor(terminal, env, argv)).toBe(wanted);
  });
});

function damagedStream(): string {
  const frame = encodeEvent({ event: "PayloadChunk", text: "Hi" }).fill(9, -1);
  const file = join(tempDir(), "damaged.bin");
  writeFileSync(file, frame);
  return file;
}

const texts = (word: string) => Array.from({ length: 20 }, (_, index) => `${word} ${index}`);

describe("A reader that has gone takes nothing from an exit code that is known already", () => {
  test.each([
    ["check", 4, (folder: string, damaged: string) => [folder, damaged]],
    ["diff", 3, (_: string, __: string, a: string, b: string) => [a, b]],
    ["fmt", 3, (_: string, __: string, a: string, b: string) => ["--check", a, b]],
    ["doctor", 3, (_: string, damaged: string) => ["--out", join(damaged, "out")]],
    ["inspect", 4, () => ["--hex", damagedStream()]],
  ] as const)("%s: %i", async (command, code, args) => {
    const folder = tempDir();
    const [a, b] = ["one", "other"].map((word) => {
      const file = cassetteFile(cassetteOf(exchangeOf("chat", ...texts(word))), folder, word);
      // What fmt would change.
      writeFileSync(file, readFileSync(file, "utf8").replace(",", ", "));
      return file;
    });
    const damaged = cassetteFile("{}\n", command === "check" ? folder : tempDir(), "damaged");
    for (const word of texts("damaged too")) cassetteFile("{}\n", command === "check" ? folder : tempDir(), word);
    const run = start([command, ...args(folder, damaged, a!, b!)]);
    run.process.stdout!.destroy();
    expect(await run.done).toMatchObject({ code, stderr: expect.not.stringContaining("EPIPE") as string });
  });
});

test("A command whose name is also a property of every object is unknown", async () => {
  expect(await eventstream(["constructor"], "", { cwd: tempDir() })).toMatchObject({ code: 2 });
});

test("An older Node is told so in one line, with exit 2, and nothing else is loaded", async () => {
  const old = "data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.19.5' } })";
  const run = await eventstream(["decode"], "", { env: { NODE_OPTIONS: `--import="${old}"` } });
  expect(run).toEqual({
    code: 2,
    stdout: "",
    bytes: Buffer.alloc(0),
    stderr: "eventstream: This is Node 20.19.5; Node 22.12 or newer is needed\n",
  });
});
