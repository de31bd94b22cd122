import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Cassette, CassetteMode } from "@eventstream-kit/cassette";
import { cassetteMode } from "@eventstream-kit/cassette";
import { loadCassette } from "@eventstream-kit/cassette/node";
import { useCassette } from "@eventstream-kit/cassette/vitest";
import type { Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { utf8 } from "../support/bytes.ts";
import { eventStream } from "../support/exchanges.ts";
import { chunkFrame } from "../support/frames.ts";
import { runVitest, type Run } from "./run-vitest.ts";

/** Answers a call with the function's name, and `endless` with a stream that waits after its first event. */
function echo(): Service & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    handle({ target, signal }) {
      const [, name = ""] = /\/functions\/([^/]+)\//.exec(target) ?? [];
      calls.push(name);
      async function* endless() {
        yield chunkFrame("more");
        await new Promise((resolve) => signal!.addEventListener("abort", resolve));
      }
      const long = Array.from({ length: 3 }, (_, index) => chunkFrame(String(index).repeat(100_000)));
      const streams = name === "endless" ? endless() : name === "long" ? long : undefined;
      const headers = streams ? [eventStream] : [["content-type", "application/json"] as const];
      return Promise.resolve({ status: 200, headers, body: streams ?? [utf8(name)] });
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), "use-cassette-"));
afterAll(() => rmSync(folder, { recursive: true }));

const cassettes = join(folder, "cassettes");
const files = () => readdirSync(cassettes).sort();
const contents = () =>
  readdirSync(cassettes, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [parentPath, name, readFileSync(join(parentPath, name), "utf8")]);
const cassette = (slug: string): Promise<Cassette> => loadCassette(join(cassettes, `${slug}.cassette.jsonl`));
const subjects = ({ exchanges }: Cassette) => exchanges.map(({ request }) => request.path.split("/")[3]);

const service = echo();
const env = { EVENTSTREAM_DIR: cassettes };

/** All of the tests of the fixture. */
async function run(more: Readonly<Record<string, string>> = {}): Promise<Run> {
  await using server = await serve(service);
  service.calls.length = 0;
  return await runVitest(folder, { ...env, SERVICE: server.url, ...more });
}

describe("recording: auto, without files", () => {
  let first: Run;
  beforeAll(async () => {
    first = await run();
  }, 60_000);

  test("tests pass and fail as they would without a cassette, but for mistakes in using it", () => {
    const failed = Object.entries(first.results).filter(([, { state }]) => state === "failed");
    expect(Object.fromEntries(failed)).toMatchObject({
      fails: { failure: expect.stringContaining("something else") as string },
      "fails, saved": { failure: expect.stringContaining("something else") as string },
      "at the same time without context": {
        failure: expect.stringContaining("the test is concurrent; expected its context") as string,
      },
    });
    const twice = failed.filter(([name]) => name.startsWith("at the same time one file"));
    expect(twice).toHaveLength(1);
    expect(twice[0]![1].failure).toContain("another test is doing so at the same time");
    expect(first.results["twice, the second test"]!.failure).toContain("another test has done so before");
    expect(failed).toHaveLength(6);
  });

  test("each cassette that was recorded is there, but those of tests that failed", async () => {
    expect(files()).toEqual(
      [
        "concurrent-k",
        "concurrent-l",
        "concurrent-m",
        "each-first",
        "each-second",
        "fails-saved",
        "half",
        "half-ignored",
        "leaves-early-kept",
        "long",
        "misses",
        "one-file",
        "passes-two-clients-one-cassette",
        "swallows",
        "twice",
      ]
        .map((slug) => `${slug}.cassette.jsonl`)
        .concat("leaves-early.cassette.jsonl.partial", "long.cassette.jsonl.d")
        .sort(),
    );
    const passes = await cassette("passes-two-clients-one-cassette");
    expect(passes.header).toEqual({
      eventstream: 1,
      op: "lambda:Invoke",
      title: "Passes: two clients, one cassette!",
      origin: "recorded",
    });
    expect(subjects(passes)).toEqual(["a", "b", "a"]);
    for (const name of ["k", "l", "m"]) {
      expect(subjects(await cassette(`concurrent-${name}`))).toEqual([name, name, name]);
    }
  });

  test("an answer left early is told of", async () => {
    const told = /1 answer was left before the end, and will not be replayed: see (\S+)\. For/g;
    const paths = [...first.output.matchAll(told)].map(([, path]) => path);
    expect(paths).toEqual([join(cassettes, "leaves-early.cassette.jsonl.partial")]);
    expect((await cassette("leaves-early-kept")).exchanges[0]!.end.how).toBe("client-abort");
  });
});

describe.each(["forks", "threads"])("two test files that record into one cassette, in %s", (pool) => {
  const dir = mkdtempSync(join(folder, "shared-"));
  const path = join(dir, "shared-by-files.cassette.jsonl");

  async function record(...fixtures: string[]): Promise<readonly [string, Run["results"][string]][]> {
    await using server = await serve(service);
    const more = [`--pool=${pool}`, "--fileParallelism=false", ...fixtures.map((name) => `${name}.fixture.ts`)];
    const variables = { EVENTSTREAM_DIR: dir, EVENTSTREAM_MODE: "record", SERVICE: server.url };
    return Object.entries((await runVitest(folder, variables, more)).results);
  }

  test("one after the other: the second is refused, and both are named", { timeout: 60_000 }, async () => {
    const results = await record("shared-one", "shared-other");
    expect(results.map(([, { state }]) => state).sort()).toEqual(["failed", "passed"]);
    const [first] = results.find(([, { state }]) => state === "passed")!;
    const [second, { failure }] = results.find(([, { state }]) => state === "failed")!;
    expect(failure).toContain(
      `Recording into ${path} for "${second}" of ${join(import.meta.dirname, second)}.fixture.ts`,
    );
    expect(failure).toContain(`before, "${first}" of ${join(import.meta.dirname, first)}.fixture.ts; expected`);
    expect(subjects(await loadCassette(path))).toEqual([first]);
    // A run of its own is meant to replace what is there.
    expect(await record(second)).toEqual([[second, { state: "passed", failure: "" }]]);
    expect(subjects(await loadCassette(path))).toEqual([second]);
  });
});

describe("on a build machine nothing is written and nothing is sent", () => {
  let second: Run;
  let before: unknown;
  beforeAll(async () => {
    before = contents();
    second = await run({ CI: "true", AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
  }, 60_000);

  test("neither", () => {
    expect(service.calls).toEqual([]);
    expect(contents()).toEqual(before);
  });

  test("what is recorded is replayed, without credentials", () => {
    const passed = Object.keys(second.results).filter((name) => second.results[name]!.state === "passed");
    expect(passed).toEqual([
      "passes",
      "plays half, which is ignored",
      "is long",
      "leaves nothing open of what was long",
      "leaves early, kept",
      "twice, the first test",
      "twice, the second test",
      "beforeEach first",
      "beforeEach second",
      "at the same time own k",
      "at the same time own l",
      "at the same time own m",
      "at the same time one file 1",
      "at the same time one file 2",
    ]);
  });

  test("what is not recorded fails", () => {
    const missing = expect.stringMatching(/There is no cassette .*EVENTSTREAM_MODE=auto/) as string;
    expect(second.results).toMatchObject({
      fails: { failure: missing },
      "makes no call": { failure: missing },
      "says its mode": { failure: missing },
      "leaves early": { failure: missing },
      "at the same time without context": { failure: expect.stringContaining("expected its context") as string },
    });
  });

  test("a cassette that does not fit fails the test that uses it", () => {
    const { results } = second;
    expect(results["plays half"]!.failure).toMatch(
      /half\.cassette\.jsonl has recordings that the test did not play: exchange 2, POST \/2015-03-31\/functions\/b\/invocations/,
    );
    // Though the code under test has swallowed the error.
    expect(results["swallows a miss"]!.failure).toContain(
      'the nearest of 1, exchange 1 of "swallows", differs in path',
    );
    // What the test has failed with already is not told again.
    expect(results["misses"]!.failure.match(/No recording matches/g)).toHaveLength(1);
    for (const name of ["swallows a miss", "misses"]) {
      expect(results[name]!.failure).toContain(". EVENTSTREAM_MODE=record records the test anew");
    }
  });

  test("the mode in code does not change that, the one in the environment does", () => {
    expect(cassetteMode("record", { CI: "true" })).toBe("replay");
    expect(cassetteMode("passthrough", { CI: "1" })).toBe("replay");
    expect(cassetteMode("record", { CI: "false" })).toBe("record");
    expect(cassetteMode(undefined, { CI: "0" })).toBe("auto");
    expect(cassetteMode("record", { CI: "true", EVENTSTREAM_MODE: "new" })).toBe("new");
    expect(cassetteMode("record", { CI: "", EVENTSTREAM_MODE: "" })).toBe("record");
    expect(() => cassetteMode("once" as never, {})).toThrow(expect.objectContaining({ code: "option" }));
    expect(() => cassetteMode("auto", { EVENTSTREAM_MODE: "once" })).toThrow(
      expect.objectContaining({ code: "option", message: expect.stringContaining("EVENTSTREAM_MODE") as string }),
    );
  });
});

const tenant = (client: LambdaClient) => client.send(new InvokeCommand({ FunctionName: "e", Payload: '"tenant-42"' }));

describe("modes, each test seeing what the one before has left", () => {
  const dir = join(folder, "modes");
  const saved = () => loadCassette(join(dir, "modes.cassette.jsonl")).then(subjects);
  // Also where these tests are run on a build machine.
  beforeAll(() => {
    vi.stubEnv("CI", "");
    return () => vi.unstubAllEnvs();
  });

  async function calls(mode: CassetteMode, names: readonly string[]): Promise<readonly string[]> {
    const server = await serve(service);
    onTestFinished(() => server.close());
    service.calls.length = 0;
    const { use } = await useCassette("modes", { mode, dir });
    const client = use(new LambdaClient({ endpoint: server.url }));
    for (const FunctionName of names) {
      const { Payload } = await client.send(new InvokeCommand({ FunctionName }));
      expect(Payload!.transformToString()).toBe(FunctionName);
    }
    return service.calls;
  }

  test("passthrough calls and writes nothing", async () => {
    expect(await calls("passthrough", ["a"])).toEqual(["a"]);
  });

  test("auto records without a file", async () => {
    await expect(saved()).rejects.toMatchObject({ code: "file" });
    expect(await calls("auto", ["a", "b"])).toEqual(["a", "b"]);
  });

  test("auto replays with one", async () => {
    expect(await saved()).toEqual(["a", "b"]);
    expect(await calls("auto", ["b", "a"])).toEqual([]);
  });

  test("new adds what is missing", async () => {
    expect(await calls("new", ["a", "c", "b"])).toEqual(["c"]);
  });

  test("replay plays all", async () => {
    expect(await saved()).toEqual(["a", "b", "c"]);
    expect(await calls("replay", ["a", "b", "c"])).toEqual([]);
  });

  test("record replaces all", async () => {
    expect(await calls("record", ["d"])).toEqual(["d"]);
  });

  test("which is then all there is", async () => {
    expect(await saved()).toEqual(["d"]);
  });

  const redact = { regex: [/tenant-\d+/g] };

  test("what is redacted is in no file", async () => {
    await using server = await serve(service);
    const { use } = await useCassette("masked", { mode: "record", dir, redact });
    expect(await tenant(use(new LambdaClient({ endpoint: server.url })))).toMatchObject({ StatusCode: 200 });
  });

  test("and the call that had it is replayed all the same", async () => {
    const { use, path } = await useCassette("masked", { mode: "replay", dir, redact });
    expect(readFileSync(path, "utf8")).not.toContain("tenant-42");
    expect(await tenant(use(new LambdaClient({})))).toMatchObject({ StatusCode: 200 });
  });
});

describe("in this vitest", () => {
  beforeAll(() => {
    vi.stubEnv("CI", "");
    return () => vi.unstubAllEnvs();
  });

  test("the folder is beside the test file, or where the environment says", async () => {
    const { path } = await useCassette("A name / of a test", { mode: "passthrough" });
    expect(path).toBe(join(import.meta.dirname, "cassettes", "a-name-of-a-test.cassette.jsonl"));
    const other = await useCassette("x", { mode: "passthrough", dir: "../fixtures" });
    expect(other.path).toBe(join(import.meta.dirname, "../fixtures", "x.cassette.jsonl"));
  });

  test("options are checked before anything is done", async () => {
    await expect(useCassette(undefined as never)).rejects.toMatchObject({ code: "option" });
    await expect(useCassette("x", { mode: "once" as never })).rejects.toMatchObject({ code: "option" });
    await expect(useCassette("x", { unused: "perhaps" as never })).rejects.toMatchObject({ code: "option" });
    await expect(useCassette("x", { record: true } as object)).rejects.toMatchObject({ code: "option" });
    await expect(useCassette("x", { mode: "record", maxBytes: -1 })).rejects.toMatchObject({ code: "option" });
  });

  const outside = useCassette("x").catch((error: unknown) => error);

  test("it is refused outside of a test", async () => {
    expect(await outside).toMatchObject({ code: "state" });
  });
});
