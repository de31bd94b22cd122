import { describe, expect, test } from "vitest";
import { wantsColor } from "../src/terminal.ts";
import { commands } from "../src/command-table.ts";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, tempDir } from "./eventstream.ts";

// oxlint-disable-next-line no-control-regex -- escape bytes are what is looked for
const escape = /\x1b/;

test("Without arguments: short help with two examples on standard error, exit 2", async () => {
  const run = await eventstream([]);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr.match(/^ {2}eventstream .+$/gm)).toHaveLength(2);
});

describe("the help of every command fits 80 columns and has an example", () => {
  test.each(["", ...Object.keys(commands)])("eventstream %s --help", async (command) => {
    const run = await eventstream([...(command === "" ? [] : [command]), "--help"], "", { env: { COLUMNS: "300" } });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(Math.max(...run.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(run.stdout).toMatch(/^Examples?:\n {2}\$ .*eventstream /m);
  });

  test("eventstream help <command> prints the same", async () => {
    const [asked, option] = await Promise.all([eventstream(["help", "decode"]), eventstream(["decode", "--help"])]);
    expect(asked).toEqual(option);
  });
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
