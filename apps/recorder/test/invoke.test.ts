import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseCassette } from "@eventstream-kit/cassette";
import { encodeEvent, encodeException } from "@eventstream-kit/codec";
import type { FunctionDefinition } from "@eventstream-kit/lambda-emulator";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bin, eventstream, start, tempDir, type Running, type RunOptions } from "./eventstream.ts";
import { own, ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const functions: Record<string, FunctionDefinition> = {
  chat: async function* (event: { name?: string }) {
    yield "Hello, ";
    yield event.name ?? "nobody";
  },
  talkative: (_event: unknown, context: { log(text: string): void }) => {
    context.log("thinking hard");
    return "done";
  },
  leaky: () => `the key is ${own.secretAccessKey}`,
  broken: async function* () {
    yield "so far";
    throw new TypeError("so bad");
  },
  binary: async function* () {
    yield new Uint8Array([0, 0xff, 10]);
  },
};

/** Runs `eventstream invoke` with the recorder's own credentials against a Lambda that accepts only those. */
async function invoke(args: readonly string[], input?: string, env: RunOptions["env"] = {}) {
  const lambda = await upstreamLambda(functions);
  const run = await eventstream(["invoke", ...args, "--endpoint", lambda.url], input, {
    env: { ...ownEnvironment, ...env },
  });
  return { ...run, refusals: lambda.refusals };
}

test("A signed call: the payload comes out of standard output, and nothing else comes out", async () => {
  const run = await invoke(["chat", "--payload", '{"name":"Ada"}']);
  expect(run).toMatchObject({ code: 0, stdout: "Hello, Ada", stderr: "", refusals: [] });
});

test("Bytes are printed as they are", async () => {
  expect([...(await invoke(["binary"])).bytes]).toEqual([0, 0xff, 10]);
});

test("A payload from a file, from standard input, and none", async () => {
  const file = join(tempDir(), "payload.json");
  writeFileSync(file, '{"name":"Grace"}');
  const runs = await Promise.all([
    invoke(["chat", "--payload", `@${file}`]),
    invoke(["chat", "--payload", "-"], '{"name":"Edsger"}'),
    invoke(["chat"]),
  ]);
  expect(runs.map(({ stdout }) => stdout)).toEqual(["Hello, Grace", "Hello, Edsger", "Hello, nobody"]);
});

test("Each piece is printed before the function goes on", async () => {
  let goOn!: () => void;
  const seen = new Promise<void>((resolve) => (goOn = resolve));
  const { url } = await upstreamLambda({
    patient: async function* () {
      yield "first";
      await seen;
      yield "second";
    },
  });
  const run = start(["invoke", "patient", "--endpoint", url], { env: ownEnvironment });
  await run.until(/^first$/);
  goOn();
  expect(await run.done).toMatchObject({ code: 0, stdout: "firstsecond" });
});

test("--frames prints the lines of a cassette", async () => {
  const run = await invoke(["chat", "--frames"]);
  expect(run.stdout).toBe(`{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"Hello, "}
{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"nobody"}
{"k":"frame","event":"InvokeComplete","ct":"application/json","json":{}}
`);
  expect(run.code).toBe(0);
});

test("--log-tail prints the log on standard error", async () => {
  const run = await invoke(["talkative", "--log-tail"]);
  expect(run).toMatchObject({ code: 0, stdout: '"done"' });
  expect(run.stderr).toMatch(/^START RequestId: .*thinking hard\nEND RequestId: /s);
});

describe("--save writes a cassette", () => {
  test("which replay answers from", async () => {
    const file = join(tempDir(), "chat.cassette.jsonl");
    const args = ["chat", "--qualifier", "$LATEST", "--payload", '{"name":"Ada"}'];
    const run = await invoke([...args, "--save", file]);
    expect(run).toMatchObject({ code: 0, stdout: "Hello, Ada" });
    expect(run.stderr).toContain("saved");
    const { header, exchanges } = parseCassette(readFileSync(file, "utf8"));
    expect(header).toEqual({ eventstream: 1, op: "lambda:InvokeWithResponseStream", origin: "recorded" });
    expect(exchanges[0]).toMatchObject({
      request: { path: "/2021-11-15/functions/chat/response-streaming-invocations?Qualifier=%24LATEST" },
      end: { how: "eof", items: 3 },
      meta: { auth: "sigv4", region: "us-east-1" },
    });
    const again = await eventstream(["replay", file, "--", process.execPath, bin, "invoke", ...args]);
    expect(again).toMatchObject({ code: 0, stdout: "Hello, Ada" });
  });

  test("but never one with your credentials: exit 5", async () => {
    const file = join(tempDir(), "leaky.cassette.jsonl");
    const run = await invoke(["leaky", "--save", file]);
    expect(run.code).toBe(5);
    expect(run.stderr).toContain("contains one of your credentials");
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });
});

describe("--save keeps what there is of a call that is left early", () => {
  const endless = {
    endless: async function* () {
      for (;;) yield "again and again\n".repeat(64);
    },
  };

  test.each<[how: string, code: number, leave: (run: Running) => void]>([
    ["its reader has gone", 0, (run) => run.process.stdout!.destroy()],
    ["Ctrl-C", 130, (run) => run.process.kill("SIGINT")],
  ])("%s: as a partial, which replay does not read", async (_, code, leave) => {
    const { url } = await upstreamLambda(endless);
    const dir = tempDir();
    const file = join(dir, "endless.cassette.jsonl");
    const run = start(["invoke", "endless", "--endpoint", url, "--save", file], { env: ownEnvironment });
    await run.until(/again/);
    leave(run);
    expect(await run.done).toMatchObject({ code, stderr: `saved  ${file}.partial\n` });
    expect(readdirSync(dir)).toEqual(["endless.cassette.jsonl.partial"]);
    const [exchange] = parseCassette(readFileSync(`${file}.partial`, "utf8")).exchanges;
    expect(exchange).toMatchObject({ end: { how: "client-abort" }, meta: { auth: "sigv4" } });
    expect(exchange!.items.length).toBeGreaterThan(0);
  });

  test("but not when a second Ctrl-C comes before it is written", async () => {
    const { url } = await upstreamLambda(endless);
    const dir = tempDir();
    const file = join(dir, "endless.cassette.jsonl");
    const preload = join(tempDir(), "preload.mjs");
    writeFileSync(
      preload,
      `import fs from "node:fs/promises";
      import { syncBuiltinESMExports } from "node:module";
      // As one that goes on, it keeps the process.
      fs.rename = () => new Promise(() => setInterval(() => {}, 1000));
      syncBuiltinESMExports();`,
    );
    const env = { ...ownEnvironment, NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` };
    const run = start(["invoke", "endless", "--endpoint", url, "--save", file], { env });
    await run.until(/again/);
    run.process.kill("SIGINT");
    await vi.waitUntil(() => readdirSync(dir).length > 0, { timeout: 20_000, interval: 10 });
    expect(readdirSync(dir)).toEqual([expect.stringMatching(/^\.endless\.cassette\.jsonl\.partial\..*\.tmp$/)]);
    run.process.kill("SIGINT");
    const { code, stderr } = await run.done;
    expect(stderr).toBe("error: The call was not saved: a second interrupt came first\n");
    expect(code).toBe(130);
    expect(readdirSync(dir)).toEqual([]);
  });
});

test("--save masks by the rules of the command line and of the config file; what is printed is as it came", async () => {
  const cwd = tempDir();
  const config = join(cwd, "eventstream.config.json");
  writeFileSync(config, JSON.stringify({ redactJson: ["$.name"] }));
  const payload = '{"name":"Ada"}';
  const file = join(cwd, "chat.cassette.jsonl");
  const args = ["--config", config, "chat", "--payload", payload, "--redact-regex", "l{2}o", "--save", file];
  expect(await invoke(args)).toMatchObject({ code: 0, stdout: "Hello, Ada" });
  const text = readFileSync(file, "utf8");
  expect(text).toContain('"json":{"name":"XXX"}');
  expect(text).toContain('"text":"HeXXX, "');
});

test("--save writes more than 10 MiB only when that is asked for", async () => {
  const { url } = await upstreamLambda({ long: () => Array.from({ length: 400 }, (_, n) => `${n}`.padEnd(30_000)) });
  const file = join(tempDir(), "long.cassette.jsonl");
  const call = (...more: string[]) =>
    eventstream(["invoke", "long", "--endpoint", url, "--no-redact", "--save", file, ...more], "", {
      env: ownEnvironment,
    });
  const refused = await call();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("--large");
  expect(existsSync(file)).toBe(false);
  expect(await call("--large")).toMatchObject({ code: 0, stdout: refused.stdout });
  expect(existsSync(file)).toBe(true);
});

test.each([
  [["--large"], "--large is for --save <file>"],
  [["--save", "-"], "--save needs a file: standard output has what the function answers"],
])("%j is refused before anything is called", async (args, message) => {
  const cwd = tempDir();
  const run = await eventstream(["invoke", "chat", "--endpoint", "http://127.0.0.1:1", ...args], "", {
    env: ownEnvironment,
    cwd,
  });
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr).toContain(message);
  expect(readdirSync(cwd)).toEqual([]);
});

describe("The exit code says how the stream ended", () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  /** Anything that answers with these bytes and then ends or breaks off. */
  async function answering(type: string, bytes: Uint8Array, how: "end" | "destroy" = "end"): Promise<string> {
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        response.writeHead(200, { "content-type": type });
        response.write(bytes, () => (how === "end" ? response.end() : response.destroy()));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const stream = "application/vnd.amazon.eventstream";
  const hello = encodeEvent({ event: "PayloadChunk", text: "Hello" });
  const damaged = Uint8Array.from(hello).fill(0x21, -1);
  const exception = encodeException({ exception: "ThrottlingException", json: { message: "Slow down" } });

  test("8: the function failed after its first bytes", async () => {
    const run = await invoke(["broken"]);
    expect(run).toMatchObject({ code: 8, stdout: "so far" });
    expect(run.stderr).toMatch(/^error: The function failed after 6 bytes: TypeError: so bad\n {4}at .+:\d+:\d+/);
  });

  test("on a terminal, why stands on a line of its own", async ({ skip }) => {
    skip(spawnSync("script", ["--version"]).status !== 0, "script is not installed");
    const { url } = await upstreamLambda(functions);
    const env = { ...process.env, ...ownEnvironment, TERM: "xterm", NO_COLOR: "1", AWS_CONFIG_FILE: "none" };
    const command = [process.execPath, bin, "invoke", "broken", "--endpoint", url].join(" ");
    const terminal = spawn("script", ["-qefc", command, "/dev/null"], { env });
    let shown = "";
    terminal.stdout.on("data", (data: Buffer) => (shown += data.toString()));
    expect(await new Promise((resolve) => terminal.once("close", resolve))).toBe(8);
    expect(shown).toMatch(/^so far\r\nerror: The function failed/);
  });

  test("7: Lambda refused the call", async () => {
    const run = await invoke(["missing"]);
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toContain("404 ResourceNotFoundException Function not found");
  });

  test.each([
    ["a signature of other keys", { AWS_ACCESS_KEY_ID: "AKIDOTHEREXAMPLE" }, "UnrecognizedClientException"],
    ["no credentials", { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }, "No AWS credentials"],
  ])("7: %s", async (_name, env, message) => {
    const run = await invoke(["chat"], "", env);
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toContain(message);
  });

  test("7: who refuses the call quotes what it was sent, and nothing of that is shown", async () => {
    const token = `IQoJb3JpZ2luX2VjE${"kn0wn+Session/".repeat(8)}==`;
    const env = { ...ownEnvironment, AWS_SESSION_TOKEN: token };
    const server = createServer(({ rawHeaders }, response) => {
      response.writeHead(403, { "content-type": "application/json", "x-amzn-errortype": "InvalidSignatureException" });
      const message = `\u001b]0;title\u0007It should have been ${rawHeaders.join("\n")} ${own.secretAccessKey}`;
      response.end(JSON.stringify({ message }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = await eventstream(["invoke", "f", "--endpoint", url, "--debug"], "", { env });
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toContain(String.raw`InvalidSignatureException \u{1b}]0;title\u{7}It should have been host\n`);
    for (const value of [token, own.accessKeyId, own.secretAccessKey]) expect(run.stderr).not.toContain(value);
    // eslint-disable-next-line no-control-regex -- what a terminal would obey
    expect(run.stderr).not.toMatch(/[\u0007\u001b]/);
  });

  test.each([
    [4, "ends without InvokeComplete", stream, hello, "end", "without InvokeComplete"],
    [4, "damaged", stream, Buffer.concat([hello, damaged]), "end", "message CRC"],
    [4, "cut inside a frame", stream, Buffer.concat([hello, hello.subarray(0, 9)]), "end", "ended"],
    [7, "broken off", stream, hello, "destroy", "Calling http://127.0.0.1"],
    [8, "ended by an exception", stream, Buffer.concat([hello, exception]), "end", "Slow down"],
    [7, "no event stream at all", "text/html", Buffer.from("<html>"), "end", "200 with text/html"],
  ] as const)("%i: %s", async (code, _name, type, bytes, how, message) => {
    const url = await answering(type, bytes, how);
    const file = join(tempDir(), "saved.cassette.jsonl");
    const run = await eventstream(["invoke", "f", "--endpoint", url, "--save", file], "", { env: ownEnvironment });
    expect(run.stderr).toContain(message);
    expect(run).toMatchObject({ code, stdout: type === stream ? "Hello" : "" });
    // What came is kept whatever it was.
    const { end } = parseCassette(readFileSync(file, "utf8")).exchanges[0]!;
    expect(end).toMatchObject({ how: how === "end" ? "eof" : "reset", bytes: bytes.length });
  });

  test("0, quietly, when the reader has gone", async () => {
    const { url } = await upstreamLambda({
      endless: async function* () {
        for (;;) yield "again and again\n".repeat(64);
      },
    });
    const run = start(["invoke", "endless", "--endpoint", url], { env: ownEnvironment });
    await run.until(/again/);
    run.process.stdout!.destroy();
    expect(await run.done).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("Where it calls", () => {
  test("the endpoint variables, the one of Lambda first", async () => {
    const { url } = await upstreamLambda(functions);
    const elsewhere = "http://127.0.0.1:1";
    const [lambda, all, ignored] = await Promise.all(
      [
        { AWS_ENDPOINT_URL_LAMBDA: url, AWS_ENDPOINT_URL: elsewhere },
        { AWS_ENDPOINT_URL: url },
        { AWS_ENDPOINT_URL: "http://example.com", AWS_ENDPOINT_URL_LAMBDA: "" },
      ].map((env) => eventstream(["invoke", "chat"], "", { env: { ...ownEnvironment, ...env } })),
    );
    expect(lambda).toMatchObject({ code: 0, stdout: "Hello, nobody" });
    expect(all).toMatchObject({ code: 0, stdout: "Hello, nobody" });
    expect(ignored).toMatchObject({ code: 7, stderr: expect.stringContaining("plain http") as string });
  });

  test("the region of an ARN before that of the environment, --region before both", async () => {
    const { url, refusals } = await upstreamLambda(functions, { region: "eu-west-1" });
    const arn = "arn:aws:lambda:eu-west-1:123456789012:function:chat";
    const call = (...args: string[]) =>
      eventstream(["invoke", ...args, "--endpoint", url], "", { env: ownEnvironment });
    expect(await call(arn)).toMatchObject({ code: 0, stdout: "Hello, nobody" });
    expect(await call("chat", "--region", "eu-west-1")).toMatchObject({ code: 0 });
    expect(refusals).toEqual([]);
    expect((await call("chat")).stderr).toContain("InvalidSignatureException");
  });

  test.each([
    [["chat", "--payload", "{name:1}"], "The payload is not JSON"],
    [["chat", "--payload", "@no-such-file"], "no-such-file"],
    [[], "Missing required argument 'function'"],
  ])("%j is refused with exit 2", async (args, message) => {
    const run = await eventstream(["invoke", ...args], "", { env: ownEnvironment });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });

  test("without a region and an endpoint: exit 2, and how to say it", async () => {
    const run = await eventstream(["invoke", "chat"], "", { env: { AWS_REGION: undefined } });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("--region");
  });
});
