import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { InvokeWithResponseStreamResponseEvent } from "@aws-sdk/client-lambda";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { createLambda, functionUrlPath } from "../src/index.ts";
import { runtimeProcess } from "../src/node.ts";
import type { RuntimeProcessOptions } from "../src/node.ts";
import { call } from "./function-url-client.ts";
import { invokeTarget, request, readEvent, send, stream, streamTarget } from "./invoke-client.ts";
import { createGate, gone, isRunning, rawClient, rawRuntime, startRuntime } from "./runtimes/raw-runtime.ts";

const bootstrap = fileURLToPath(new URL("runtimes/bootstrap", import.meta.url));
const noShell = process.platform === "win32" ? "bash is needed" : "";

describe.skipIf(noShell)(`a bootstrap that is a shell script${noShell && `: ${noShell}`}`, () => {
  test("serves both operations of the real client, one process for all calls", async () => {
    const chat = startRuntime({ command: bootstrap, handler: "chat.hello" });
    await using server = await serve(createLambda({ functions: { chat } }));
    const client = new LambdaClient({ endpoint: server.url });
    const name = { FunctionName: "chat", LogType: "Tail" } as const;
    const invoked = await client.send(new InvokeCommand({ ...name, Payload: '{"name":"Ada"}' }));
    const answer = JSON.parse(invoked.Payload!.transformToString()) as { pid: number };
    expect(answer).toEqual({ handler: "chat.hello", pid: expect.any(Number), event: { name: "Ada" } });
    expect(Buffer.from(invoked.LogResult!, "base64").toString()).toMatch(
      /^START RequestId: (\S+) Version: \$LATEST\nanswers \1\nEND RequestId: \1\nREPORT RequestId: \1\t.*\tInit Duration: [\d.]+ ms\t\n$/,
    );

    const streamed = await client.send(new InvokeWithResponseStreamCommand({ ...name, Payload: "[1]" }));
    const events: InvokeWithResponseStreamResponseEvent[] = [];
    for await (const event of streamed.EventStream!) events.push(event);
    expect(JSON.parse(Buffer.from(events[0]!.PayloadChunk!.Payload!).toString())).toEqual({ ...answer, event: [1] });
    const log = Buffer.from(events[1]!.InvokeComplete!.LogResult!, "base64").toString();
    expect(log).toContain("answers ");
    expect(log).not.toContain("Init Duration");
    client.destroy();
  });

  test("serves a function URL", async () => {
    const lambda = createLambda({
      functions: { chat: startRuntime({ command: "./bootstrap", cwd: `${bootstrap}/..` }) },
    });
    const { json } = await call(lambda, "POST", "/2021-10-31/functions/chat/url", { AuthType: "NONE" });
    const path = functionUrlPath((json as { FunctionUrl: string }).FunctionUrl);
    const answer = await send(lambda, "GET", `${path}a%20b`);
    expect(JSON.parse(answer.text)).toMatchObject({ handler: "index.handler", event: { rawPath: "/a%20b" } });
  });
});

test("A runtime gets the environment of Lambda, and none of this machine's AWS settings", async () => {
  process.env["AWS_SESSION_TOKEN"] = "a token of this machine";
  process.env["AWS_ENDPOINT_URL_S3"] = "http://127.0.0.1:1";
  process.env["http_proxy"] = "http://127.0.0.1:1";
  const { lambda, invoke } = rawRuntime({ handler: "a.b", env: { MINE: "1", TZ: undefined } }, { region: "eu-west-3" });
  const { env } = JSON.parse((await invoke({ do: "echo" })).text) as { env: Record<string, string> };
  for (const name of ["AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "http_proxy"]) delete process.env[name];
  expect(env).toMatchObject({
    AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    _HANDLER: "a.b",
    LAMBDA_TASK_ROOT: process.cwd(),
    AWS_LAMBDA_FUNCTION_NAME: "f",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/f",
    AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/),
    AWS_REGION: "eu-west-3",
    AWS_DEFAULT_REGION: "eu-west-3",
    AWS_ACCESS_KEY_ID: "AKIDEVENTSTREAM",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1",
    MINE: "1",
    PATH: process.env["PATH"],
  });
  expect(env["no_proxy"]).toMatch(/(^|,)127\.0\.0\.1$/);
  expect(env).not.toHaveProperty("AWS_SESSION_TOKEN");
  expect(env).not.toHaveProperty("TZ");
  expect(lambda.invocations).toHaveLength(1);
});

test("Versions, and functions of another configuration, get processes of their own", async () => {
  const handler = startRuntime({ command: process.execPath, args: [rawClient], maxProcesses: 2 });
  const functions = {
    a: { handler, versions: { 1: handler }, timeout: 60 },
    b: { handler, memorySize: 512, timeout: 60 },
  };
  const lambda = createLambda({ functions });
  const echo = async (name: string, qualifier?: string) => {
    const { text } = await send(lambda, "POST", invokeTarget(name, qualifier), { body: '{"do":"echo"}' });
    const { pid, env } = JSON.parse(text) as { pid: number; env: Record<string, string> };
    const of = (suffix: string) => env[`AWS_LAMBDA_FUNCTION_${suffix}`];
    return { pid, is: [of("NAME"), of("VERSION"), of("MEMORY_SIZE")].join() };
  };
  const latest = await echo("a");
  const first = await echo("a", "1");
  expect([latest.is, first.is]).toEqual(["a,$LATEST,128", "a,1,128"]);
  expect((await echo("a")).pid).toBe(latest.pid);
  // There is room for two: the one that waited longest makes place.
  expect((await echo("b")).is).toBe("b,$LATEST,512");
  await gone(first.pid);
  expect((await echo("a")).pid).toBe(latest.pid);
});

/** What a program prints that has started processes, and how it ended. `begun` has the numbers of two of them. */
async function program(then: string) {
  const script = `
    import { createLambda } from "@eventstream-kit/lambda-emulator";
    import { runtimeProcess } from "@eventstream-kit/lambda-emulator/node";
    const f = runtimeProcess({ command: process.execPath, args: [${JSON.stringify(rawClient)}] });
    const lambda = createLambda({ functions: { f: { handler: f, timeout: 60 } } });
    const target = "/2021-11-15/functions/f/response-streaming-invocations";
    const reply = await lambda.handle({ method: "POST", target, headers: [], body: Buffer.from('{"do":"parent"}') });
    for await (const bytes of reply.body) {
      const begun = /\\[\\d+,\\d+\\]/.exec(Buffer.from(bytes).toString("latin1"))?.[0];
      if (begun === undefined) break;
      console.log(begun);
      ${then}
    }`;
  const node = ["--conditions=@eventstream-kit/source", "--input-type=module", "-e", script];
  const started = spawn(process.execPath, node, { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(started, "exit");
  const parts: Buffer[] = [];
  for await (const part of started.stdout) parts.push(part as Buffer);
  const [begun = "", ...printed] = Buffer.concat(parts).toString().split("\n").filter(Boolean);
  return { pids: JSON.parse(begun) as number[], printed, exit: (await exited) as unknown };
}

describe("Processes", () => {
  test("run in parallel up to the limit; what is too much waits for its turn, and that does not count as its time", async () => {
    const gate = await createGate();
    let passed = 0;
    const { invoke } = rawRuntime({ maxProcesses: 2 }, { now: () => passed });
    const run = (part: string) => invoke({ do: "stream", parts: [part], gate: gate.url });
    const answers = Promise.all([run("a"), run("b"), run("c")]);
    const held = [await gate.waiting(), await gate.waiting()];
    // Both processes are at work, so the third invocation has none: an hour later it still has all its time.
    passed += 3_600_000;
    held[0]!.open();
    const third = await gate.waiting();
    held[1]!.open();
    third.open();
    expect((await answers).map(({ text }) => text)).toEqual(["a", "b", "c"]);
  });

  test("are replaced when they have ended in between", async () => {
    const { invoke, lambda } = rawRuntime();
    const pid = Number((await invoke({ do: "last" })).text);
    const again = JSON.parse((await invoke({ do: "echo" })).text) as { pid: number };
    expect(again.pid).not.toBe(pid);
    expect(lambda.invocations.map(({ outcome }) => outcome)).toEqual([{ kind: "success" }, { kind: "success" }]);
  });

  test("end with close, and so does what they started; an invocation that runs ends as a crash", async () => {
    const { lambda, runtime } = rawRuntime();
    const reply = await request(lambda, "POST", streamTarget("f"), { body: '{"do":"parent"}' });
    const steps = (reply.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const pids = JSON.parse(readEvent((await steps.next()).value).text) as number[];
    expect(pids.map(isRunning)).toEqual([true, true]);
    await runtime.close();
    const { type, text } = readEvent((await steps.next()).value);
    expect(type).toBe("InvokeComplete");
    expect(JSON.parse(text)).toMatchObject({ ErrorCode: "Runtime.ExitError" });
    await Promise.all(pids.map(gone));

    await runtime.close();
    const late = await send(lambda, "POST", invokeTarget("f"), { body: '{"do":"echo"}' });
    expect(late.all("X-Amz-Function-Error")).toEqual(["Unhandled"]);
    expect(late.text).toContain("Runtime exited with error: signal: killed");
  });

  test("that close finds starting, or waiting for a turn, are not left behind either", async () => {
    const { lambda, runtime } = rawRuntime({ maxProcesses: 1 });
    const answers = Promise.all(
      ["a", "b"].map(() => send(lambda, "POST", invokeTarget("f"), { body: '{"do":"hang"}' })),
    );
    await runtime.close();
    for (const { text } of await answers) expect(text).toContain("Runtime.ExitError");
  });

  test("that a reset finds starting, running, or waiting for a turn, are ended", async () => {
    const { lambda, invoke } = rawRuntime({ maxProcesses: 1 });
    const gate = await createGate();
    const running = stream(lambda, "f", { body: JSON.stringify({ do: "stream", parts: ["a"], gate: gate.url }) });
    await gate.waiting();
    const waiting = invoke({ do: "hang" });
    await new Promise(setImmediate);
    lambda.reset();
    expect((await running).complete["ErrorCode"]).toBe("Runtime.ExitError");
    expect((await waiting).text).toContain("signal: killed");

    const starting = invoke({ do: "hang" });
    await new Promise(setImmediate);
    lambda.reset();
    expect((await starting).text).toContain("signal: killed");
    expect((await invoke({ do: "body", body: '"alive"' })).text).toBe('"alive"');
  });

  test.each<[string, string, unknown]>([
    ["by itself", "process.exit(7);", [7, null]],
    ["by Ctrl-C", 'process.kill(process.pid, "SIGINT");', [null, "SIGINT"]],
    ["by a signal", 'process.kill(process.pid, "SIGTERM");', [null, "SIGTERM"]],
    ["with its terminal", 'process.kill(process.pid, "SIGHUP");', [null, "SIGHUP"]],
    ["by Ctrl-\\\\", 'process.kill(process.pid, "SIGQUIT");', [null, "SIGQUIT"]],
  ])("do not outlive a program that ends without closing: %s", async (_how, then, how) => {
    const { pids, exit } = await program(then);
    expect(exit).toEqual(how);
    expect(pids).toHaveLength(2);
    await Promise.all(pids.map(gone));
    expect(pids.map(isRunning)).toEqual([false, false]);
  });

  test("leave a signal to whoever else listens to it, alone as they think, and end with the next", async () => {
    const { pids, printed, exit } = await program(`
      process.once("SIGTERM", () => {
        console.log(process.listenerCount("SIGTERM"));
        setTimeout(() => {
          console.log(JSON.parse(begun).every((pid) => process.kill(pid, 0)));
          process.kill(process.pid, "SIGTERM");
        });
      });
      process.kill(process.pid, "SIGTERM");`);
    expect([printed, exit]).toEqual([
      ["0", "true"],
      [null, "SIGTERM"],
    ]);
    await Promise.all(pids.map(gone));
  });

  test("leave no listener behind", async () => {
    const { printed } = await program(`
      await f.close();
      console.log(["exit", "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"].map((event) => process.listenerCount(event)).join());`);
    expect(printed).toEqual(["0,0,0,0,0"]);
  });
});

describe("An option that cannot be is refused", () => {
  test.each<[string, RuntimeProcessOptions]>([
    ["command", { command: "" }],
    ["command", { command: "a\0b" }],
    ["command", {} as RuntimeProcessOptions],
    ["args", { command: "a", args: ["\0"] }],
    ["cwd", { command: "a", cwd: "" }],
    ["handler", { command: "a", handler: "" }],
    ["env.A=B", { command: "a", env: { "A=B": "x" } }],
    ["env.A", { command: "a", env: { A: "\0" } }],
    ["maxProcesses", { command: "a", maxProcesses: 0 }],
    ["maxProcesses", { command: "a", maxProcesses: 1.5 }],
    ["maxProcesses", { command: "a", maxProcesses: 5n as never }],
    ["initTimeout", { command: "a", initTimeout: 5n as never }],
    ["initTimeout", { command: "a", initTimeout: -1 }],
    ["initTimeout", { command: "a", initTimeout: NaN }],
  ])("%s: %o", (name, options) => {
    expect(() => runtimeProcess(options)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(`the option ${name} is`) }),
    );
  });
});
