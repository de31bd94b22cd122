import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { endOf, formatCassette, type Cassette, type Exchange, type Item } from "@eventstream-kit/cassette";
import { decodeMessage, encodeEvent } from "@eventstream-kit/codec";
import { afterEach, describe, expect, test } from "vitest";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";

const clients: LambdaClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

const frame = (text: string): Item => ({
  kind: "frame",
  message: decodeMessage(encodeEvent({ event: "PayloadChunk", text, contentType: "application/octet-stream" })),
});

function exchange(functionName: string, id: number, ...texts: string[]): Exchange {
  const complete = decodeMessage(encodeEvent({ event: "InvokeComplete", json: {} }));
  const items: Item[] = [...texts.map(frame), { kind: "frame", message: complete }];
  return {
    request: {
      method: "POST",
      path: `/2021-11-15/functions/${functionName}/response-streaming-invocations`,
      headers: [],
      body: Buffer.from(JSON.stringify({ id })),
    },
    response: { status: 200, headers: [["content-type", "application/vnd.amazon.eventstream"]] },
    items,
    end: endOf(items),
  };
}

const header = { eventstream: 1, origin: "synthetic" } as const;
const cassette: Cassette = {
  header: { ...header, title: "two calls" },
  exchanges: [exchange("report", 7, "Hello, ", "World"), exchange("report", 8, "other")],
};

function workplace(): string {
  const cwd = tempDir();
  mkdirSync(join(cwd, "cassettes"));
  writeFileSync(join(cwd, "cassettes", "report.cassette.jsonl"), formatCassette(cassette));
  return cwd;
}

async function invoke(endpoint: string, id: number, FunctionName = "report"): Promise<string[]> {
  const client = new LambdaClient({ endpoint, region: "us-east-1", maxAttempts: 1 });
  clients.push(client);
  const payload = Buffer.from(JSON.stringify({ id }));
  const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: payload }));
  const parts: string[] = [];
  for await (const { PayloadChunk } of EventStream!) {
    if (PayloadChunk) parts.push(Buffer.from(PayloadChunk.Payload!).toString());
  }
  return parts;
}

/** A command that invokes the function once. */
const clientProgram = `
  import { InvokeWithResponseStreamCommand, LambdaClient } from ${JSON.stringify(import.meta.resolve("@aws-sdk/client-lambda"))};
  const client = new LambdaClient({ maxAttempts: 1 });
  const command = new InvokeWithResponseStreamCommand({ FunctionName: "report", Payload: process.argv[2] });
  try {
    for await (const { PayloadChunk } of (await client.send(command)).EventStream) {
      if (PayloadChunk) process.stdout.write(PayloadChunk.Payload);
    }
  } catch (error) {
    console.log(error.name);
  }
  process.exitCode = Number(process.argv[3] ?? 0);
`;

/** @param options of `replay`, when they begin with dashes. */
function withCommand(cwd: string, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  writeFileSync(join(cwd, "client.mjs"), clientProgram);
  const options = args[0]?.startsWith("--") ? args.shift()!.split(" ") : [];
  return eventstream(["replay", ...options, "cassettes", "--", process.execPath, "client.mjs", ...args], "", { cwd });
}

test("The SDK gets what is recorded; unused recordings are named at the end", async () => {
  const cwd = workplace();
  const server = start(["replay", "--json", "cassettes/report.cassette.jsonl"], { cwd });
  const url = await urlOf(server);
  expect(await invoke(url, 7)).toEqual(["Hello, ", "World"]);
  expect(await invoke(url, 7)).toEqual(["Hello, ", "World"]);
  server.process.kill("SIGINT");
  const run = await server.done;
  expect(run.code).toBe(130);
  expect(JSON.parse(run.stdout)).toEqual({ schema: "eventstream/server", version: 1, url });
  expect(run.stderr).toContain("Replaying 2 exchanges");
  expect(run.stderr.match(/^unused .*$/gm)).toEqual([
    "unused  POST /2021-11-15/functions/report/response-streaming-invocations (exchange 2 of cassettes/report.cassette.jsonl)",
  ]);
});

test("-- runs a command against the recordings and returns its exit code", async () => {
  expect(await withCommand(workplace(), '{"id":7}')).toMatchObject({ code: 0, stdout: "Hello, World" });
  expect(await withCommand(workplace(), '{"id":7}', "3")).toMatchObject({ code: 3 });
});

describe("record case 29: a request that is not recorded", () => {
  test("exit 6, with the nearest recording and the first field that differs", async () => {
    const run = await withCommand(workplace(), '{"id":9}');
    expect(run).toMatchObject({ code: 6, stdout: "ReplayMissError\n" });
    expect(run.stderr).toMatch(
      /^miss {2}No recording matches .*differs in body\/id: recorded [78], received 9 \(in .*report\.cassette\.jsonl\)$/m,
    );
  });

  test("the command's own failure counts more", async () => {
    expect((await withCommand(workplace(), '{"id":9}', "3")).code).toBe(3);
  });

  test("with nothing that a terminal obeys, and no credential of the environment", async () => {
    const cwd = tempDir();
    const file = join(cwd, "hostile.cassette.jsonl");
    // A colour and a change of direction.
    const title = "red \u009b31m \u202e";
    writeFileSync(
      file,
      formatCassette({ header: { ...header, title }, exchanges: [exchange("re\u202eport", 7, "x")] }),
    );
    const env = { AWS_SECRET_ACCESS_KEY: "known-to-nobody-else" };
    const server = start(["replay", "--json", file], { cwd, env });
    const url = await urlOf(server);
    await fetch(`${url}/known-to-nobody-else`);
    server.process.kill("SIGINT");
    const { stderr } = await server.done;
    expect(stderr).toMatch(/^miss {2}.*red \\u\{9b\}31m \\u\{202e\}/m);
    expect(stderr).toMatch(/^unused {2}POST .*re\\u\{202e\}port/m);
    expect(stderr).not.toMatch(/[\u0080-\u009f\u202e]|known-to-nobody-else/);
  });

  test("a server that was stopped by Ctrl-C says so too", async () => {
    const server = start(["replay", "--json", "cassettes"], { cwd: workplace() });
    await expect(invoke(await urlOf(server), 7, "unknown")).rejects.toMatchObject({ name: "ReplayMissError" });
    server.process.kill("SIGINT");
    expect((await server.done).code).toBe(6);
  });
});

test("Faults break the answer where they say", async () => {
  const args = ["replay", "--json", "--fault", "truncate@frame:2+5", "cassettes"];
  const server = start(args, { cwd: workplace() });
  await expect(invoke(await urlOf(server), 7)).rejects.toThrow("Truncated event message received");
});

test("A seed breaks the answers, the same ones in the same ways, and each is told", async () => {
  const cwd = workplace();
  const run = async (seed: string) => {
    const server = start(["replay", "--json", "--seed", seed, "cassettes"], { cwd });
    const url = await urlOf(server);
    const outcomes: unknown[] = [];
    for (let call = 0; call < 6; call++) {
      outcomes.push(await invoke(url, 7).catch((error: Error) => `${error.name}: ${error.message}`));
    }
    server.process.kill("SIGINT");
    return { outcomes, told: (await server.done).stderr.match(/^fault .*$/gm) };
  };
  const [first, second] = await Promise.all([run("11"), run("11")]);
  expect(second).toEqual(first);
  expect(first.told).toHaveLength(6);
  expect(first.told![0]).toMatch(/^fault {2}[a-z-]+\S* {2}POST .*\/functions\/report\//);
  expect(new Set(first.outcomes.map(String)).size).toBeGreaterThan(1);
});

test("What counts as the same call can be said, and what a call without recording means", async () => {
  const cwd = workplace();
  // A value that may differ: the first of the recordings is played.
  expect(await withCommand(cwd, "--ignore /id", '{"id":9}')).toMatchObject({ code: 0, stdout: "Hello, World" });
  expect(await withCommand(cwd, "--match-body none", "anything")).toMatchObject({ code: 0, stdout: "Hello, World" });
  const lenient = await withCommand(cwd, "--no-strict", '{"id":9}');
  expect(lenient).toMatchObject({ code: 0, stdout: "ReplayMissError\n" });
  expect(lenient.stderr).toContain("differs in body/id");

  const once = start(["replay", "--json", "--strict", "--after-last", "miss", "cassettes"], { cwd });
  const url = await urlOf(once);
  expect(await invoke(url, 7)).toEqual(["Hello, ", "World"]);
  await expect(invoke(url, 7)).rejects.toMatchObject({ name: "ReplayMissError" });
  once.process.kill("SIGINT");
  expect((await once.done).code).toBe(6);
});

test("Speed and gap are taken", async () => {
  const cwd = workplace();
  const timed: Cassette = {
    ...cassette,
    exchanges: cassette.exchanges.map((one) =>
      Object.assign({}, one, {
        // An hour between the frames: only a replay that cuts it short ends at all.
        timing: {
          unit: "ms",
          res: 1,
          chunks: one.items.map((_, index) => ({ dt: 3_600_000, item: index + 1, extra: 0 })),
        },
      }),
    ),
  };
  writeFileSync(join(cwd, "cassettes", "report.cassette.jsonl"), formatCassette(timed));
  for (const args of [["--speed", "1", "--max-gap", "1ms"], ["--speed", "max"], ["--speed", "1e7"], []]) {
    const server = start(["replay", "--json", ...args, "cassettes"], { cwd });
    expect(await invoke(await urlOf(server), 7)).toEqual(["Hello, ", "World"]);
    server.process.kill("SIGINT");
    await server.done;
  }
});

describe("What cannot be replayed is said before anything listens", () => {
  test.each([
    [["missing"], 2, "missing"],
    [["."], 2, "no cassettes"],
    [["cassettes", "--speed", "0"], 2, "Expected max or a number above 0"],
    [["cassettes", "--max-gap", "1s", "--min-gap", "2s"], 2, "minGap"],
    [["cassettes", "--seed", "1.5"], 2, "Expected a whole number"],
    [["cassettes", "--ignore", "id"], 2, "JSON Pointers"],
    [["cassettes", "--report", "-"], 2, "--report needs a file"],
    [["cassettes", "--max-gap", "soon"], 2, "Expected a time such as 500ms or 2s"],
    [["cassettes", "--fault", "explode"], 2, "explode"],
    [["damaged.cassette.jsonl"], 4, "damaged.cassette.jsonl"],
    [[], 2, "paths"],
  ])("%j: exit %i", async (args, code, message) => {
    const cwd = workplace();
    const text = formatCassette(cassette).replace("Hello", "Jello");
    writeFileSync(join(cwd, "damaged.cassette.jsonl"), text);
    // A folder argument with nothing in it: the damaged file is not in the way.
    const run = await eventstream(["replay", ...args], "", { cwd: args[0] === "." ? tempDir() : cwd });
    expect(run).toMatchObject({ code, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toContain("Unexpected failure");
  });
});
