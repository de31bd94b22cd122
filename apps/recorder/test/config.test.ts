import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configReader } from "../src/config.ts";
import { settingNames } from "../src/settings.ts";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, tempDir, type RunOptions } from "./eventstream.ts";
import { ownEnvironment } from "./upstream-lambda.ts";

/** A folder with a config file. */
function folderWith(config: unknown, name = "eventstream.config.json"): string {
  const cwd = tempDir();
  writeFileSync(join(cwd, name), typeof config === "string" ? config : JSON.stringify(config));
  return cwd;
}

async function shown(args: readonly string[], options: RunOptions): Promise<Record<string, unknown>> {
  const run = await eventstream(["config", "--show", "--json", ...args], "", options);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const { settings } = JSON.parse(run.stdout) as { settings: { name: string; value: unknown; source?: string }[] };
  return Object.fromEntries(settings.map(({ name, value, source = "default" }) => [name, [value, source]]));
}

describe("An option wins over its variable, a variable over the config file, and that over the default", () => {
  const config = { dir: "streams", mode: "new", port: 1, service: ["lambda", "kinesis"], maxAge: "90d" };
  test("config --show says the source of each value", async () => {
    const cwd = folderWith(config);
    const env = { EVENTSTREAM_PORT: "2", EVENTSTREAM_MODE: "auto" };
    expect(await shown(["--port", "3"], { cwd, env })).toMatchObject({
      dir: ["streams", "eventstream.config.json"],
      mode: ["auto", "EVENTSTREAM_MODE"],
      port: [3, "--port"],
      service: [["lambda", "kinesis"], "eventstream.config.json"],
      maxAge: ["90d", "eventstream.config.json"],
      speed: ["max", "default"],
      region: [null, "default"],
    });
  });

  test("an empty variable counts as unset", async () => {
    const env = { EVENTSTREAM_DIR: "", EVENTSTREAM_PORT: "", EVENTSTREAM_MODE: "" };
    expect(await shown([], { cwd: folderWith({ dir: "streams", port: 1 }), env })).toMatchObject({
      dir: ["streams", "eventstream.config.json"],
      mode: ["record", "default"],
      port: [1, "eventstream.config.json"],
    });
  });

  test("for people, as a table", async () => {
    const { stdout } = await eventstream(["config", "--show"], "", { cwd: folderWith(config) });
    expect(stdout).toMatch(/^dir +streams +eventstream\.config\.json$/m);
    expect(stdout).toMatch(/^service +lambda,kinesis +eventstream\.config\.json$/m);
    expect(stdout).toMatch(/^region +- +default$/m);
  });

  test("--config names another file, before or after the command", async () => {
    const cwd = folderWith({ port: 7 }, "other.json");
    expect((await shown(["--config", "other.json"], { cwd }))["port"]).toEqual([7, "other.json"]);
    const before = await eventstream(["--config", "other.json", "config", "--show"], "", { cwd });
    expect(before.stdout).toMatch(/^port +7 +other\.json$/m);
  });
});

describe("The user and password of a URL are shown by nobody", () => {
  const address = "https://me:hush@upstream.example/p";

  test("config --show has stars for them", async () => {
    const cwd = folderWith({ upstream: address, redactRegex: [address] });
    expect(await shown([], { cwd })).toMatchObject({
      upstream: ["https://***@upstream.example/p", "eventstream.config.json"],
      redactRegex: [["https://***@upstream.example/p"], "eventstream.config.json"],
    });
    const { stdout } = await eventstream(["config", "--show", "--upstream", address.replace("hush", "h/u#s@h")]);
    expect(stdout).toMatch(/^upstream +https:\/\/\*\*\*@upstream\.example\/p +--upstream$/m);
  });

  test.each([
    [["record", "--upstream", address], 7, "has a user"],
    [["record", `--upstrem=${address}`], 2, "'--upstrem=https://***@upstream.example/p'"],
    [["--debug", "record", "--mode", address], 2, "'https://***@upstream.example/p' is invalid"],
    [["invoke", "chat", "--endpoint", address, "--region", "us-east-1"], 7, "has a user"],
    [["decode", address], 2, "https://***@upstream.example/p"],
  ] as const)("nor has an error: %j", async (args, code, message) => {
    const run = await eventstream(args, "", { env: ownEnvironment, cwd: tempDir() });
    expect(run).toMatchObject({ code, stderr: expect.stringContaining(message) as string });
    expect(run.stdout + run.stderr).not.toContain("hush");
  });

  test("nor has an error about the config file, nor has doctor", async () => {
    const wrong = await eventstream(["config", "--show"], "", { cwd: folderWith({ upstream: { url: address } }) });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("***@upstream.example") as string });
    const env = { ...ownEnvironment, AWS_ENDPOINT_URL: address };
    const doctor = await eventstream(["doctor", "--clock", address], "", {
      env,
      cwd: folderWith({ upstream: address }),
    });
    expect(wrong.stderr + doctor.stdout + doctor.stderr).not.toContain("hush");
  });
});

test("Commands take their settings from the config file", async () => {
  const cwd = folderWith({ $schema: "ignored", dir: "streams", maxAge: "1h" });
  mkdirSync(join(cwd, "streams"));
  cassetteFile(cassetteOf(exchangeOf("chat", "Hi")), join(cwd, "streams"), "old");
  const run = await eventstream(["check"], "", { cwd });
  expect(run.code).toBe(3);
  expect(run.stdout).toContain(`${join("streams", "old.cassette.jsonl")}: stale:`);
});

test("A mode in the config file does not make a build machine record", async () => {
  const run = await eventstream(["record"], "", { cwd: folderWith({ mode: "record" }), env: { CI: "true" } });
  expect(run.code).toBe(2);
  expect(run.stderr).toContain("unless it is asked for");
});

describe("A config file that is wrong is refused by whatever reads it, with exit 2", () => {
  test.each([
    ["no JSON", "{", "is not JSON"],
    ["no object", [], "holds no JSON object"],
    ["a name nobody knows", { prot: 1 }, "has 'prot'; expected some of dir, mode, port"],
    ["a name of every object", { constructor: "x" }, "has 'constructor'"],
    ["a number that is text", { port: "80" }, 'port is "80"; expected a number'],
    ["a port there cannot be", { port: 99_999 }, "port is 99999. Expected 0 to 65535"],
    ["an unknown mode", { mode: "never" }, "Allowed choices are record, new, auto"],
    ["a list of numbers", { allowHost: [1] }, "allowHost is [1]; expected a list of strings"],
    ["another command's value", { maxAge: "soon" }, 'maxAge is "soon". Expected an age'],
  ])("%s", async (_name, config, message) => {
    const reading = configReader(folderWith(config), undefined).read();
    await expect(reading).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(message) as string,
    });
  });

  test("of any command that has settings", async () => {
    const run = await eventstream(["check"], "", { cwd: folderWith({ prot: 1 }) });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("The config file eventstream.config.json has 'prot'");
  });

  test("a file that is named and not there", async () => {
    const run = await eventstream(["check", "--config", "none.json"], "", { cwd: tempDir() });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("none.json");
  });
});

test("Without --show there is nothing to do", async () => {
  expect(await eventstream(["config"])).toMatchObject({ code: 2, stdout: "" });
});

test("The README lists every setting", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, section = ""] = readme.split("\n## Settings\n");
  const rows = section
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  const names = rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(new Set(names)).toEqual(new Set<string>(settingNames));
  expect(names).toHaveLength(settingNames.length);
});
