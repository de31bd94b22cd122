import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Delay } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { functionUrlPath } from "../src/index.ts";
import { call } from "./function-url-client.ts";
import { Signal, readEvent, request, send, streamTarget } from "./invoke-client.ts";
import { createGate, gone, rawRuntime } from "./runtimes/raw-runtime.ts";
import type { RawRuntime } from "./runtimes/raw-runtime.ts";
import type { RawEvent } from "./runtimes/raw-client.ts";

const tail = [["X-Amz-Log-Type", "Tail"]] as const;

/** The error that both operations report, without the request's own id. */
async function crash(raw: RawRuntime, event: RawEvent): Promise<{ type: string; message: string }> {
  const invoked = await raw.invoke(event);
  expect([invoked.status, invoked.all("X-Amz-Function-Error")]).toEqual([200, ["Unhandled"]]);
  const { errorType, errorMessage, ...rest } = JSON.parse(invoked.text) as Record<string, string>;
  expect(rest).toEqual({});
  const [id] = invoked.all("x-amzn-RequestId");
  expect(errorMessage).toContain(`RequestId: ${id} Error: `);

  const streamed = await raw.stream(event);
  expect(streamed.complete["ErrorCode"]).toBe(errorType);
  const details = JSON.parse(streamed.complete["ErrorDetails"]!) as Record<string, string>;
  expect(details["errorMessage"]!.replace(streamed.requestId, id!)).toBe(errorMessage);
  return { type: errorType!, message: errorMessage!.replace(`RequestId: ${id} Error: `, "") };
}

/** The function still answers. */
async function expectAlive(raw: RawRuntime): Promise<void> {
  expect((await raw.invoke({ do: "body", body: '"alive"' })).text).toBe('"alive"');
}

describe("A process that ends before it answers is Runtime.ExitError", () => {
  test.each<[RawEvent, string]>([
    [{ do: "exit", number: 0 }, "Runtime exited without providing a reason"],
    [{ do: "exit", number: 127 }, "Runtime exited with error: exit status 127"],
    [{ do: "kill", signal: "SIGKILL" }, "Runtime exited with error: signal: killed"],
    [{ do: "kill", signal: "SIGTERM" }, "Runtime exited with error: signal: terminated"],
    [{ do: "kill", signal: "SIGSEGV" }, "Runtime exited with error: signal: segmentation fault"],
    [{ do: "kill", signal: "SIGUSR2" }, "Runtime exited with error: signal: SIGUSR2"],
  ])("%j", async (event, message) => {
    const raw = rawRuntime();
    expect(await crash(raw, event)).toEqual({ type: "Runtime.ExitError", message });
    await expectAlive(raw);
  });

  test("in the middle of its response, too; what was written still arrives", async () => {
    const raw = rawRuntime();
    for (const event of [
      { do: "die", parts: ["a", "b"], number: 3 },
      { do: "die", parts: ["a", "b"], signal: "SIGKILL" },
    ] as const) {
      const { chunks, complete } = await raw.stream(event);
      expect(chunks.join("")).toBe("ab");
      expect(complete["ErrorCode"]).toBe("Runtime.ExitError");
      expect((await crash(raw, event)).type).toBe("Runtime.ExitError");
    }
    await expectAlive(raw);
  });

  test("observed: the stream is only short", async () => {
    const raw = rawRuntime({}, { profile: "observed" });
    const { chunks, complete } = await raw.stream({ do: "die", parts: ["ab"], number: 3 });
    expect([chunks, complete]).toEqual([["ab"], {}]);
  });

  test("behind a function URL it is 502, or a short body", async () => {
    for (const InvokeMode of ["BUFFERED", "RESPONSE_STREAM"] as const) {
      const raw = rawRuntime({ args: ["-e", dieInTheMiddle] });
      const { json } = await call(raw.lambda, "POST", "/2021-10-31/functions/f/url", { AuthType: "NONE", InvokeMode });
      const answer = await send(raw.lambda, "GET", functionUrlPath((json as { FunctionUrl: string }).FunctionUrl));
      expect([answer.status, answer.text]).toEqual(
        InvokeMode === "BUFFERED" ? [502, "Internal Server Error"] : [200, "abcd"],
      );
    }
  });

  test("its last words are in the log, and then the reason", async () => {
    const raw = rawRuntime();
    const answer = await raw.invoke({ do: "exit", number: 1, log: "farewell, é" }, { headers: tail });
    const log = Buffer.from(answer.all("X-Amz-Log-Result")[0]!, "base64").toString();
    const [id] = answer.all("x-amzn-RequestId");
    expect(log).toContain("\nfarewell, é\nRequestId: ");
    expect(log).toContain(`RequestId: ${id} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\nEND `);
  });
});

/** Streams four bytes, then is gone. */
const dieInTheMiddle = `
  import http from "node:http";
  const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
  const next = await fetch(api + "next");
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const headers = { "Lambda-Runtime-Function-Response-Mode": "streaming" };
  http.request(api + id + "/response", { method: "POST", headers }).write("abcd", () => process.exit(9));`;

/** Opens a connection for an answer, and sends it when a gate opens. */
const heir = String.raw`
  const [url, gate] = process.argv.slice(1);
  const { host, hostname, port, pathname } = new URL(url);
  const head = ["POST " + pathname + " HTTP/1.1", "Host: " + host, "Connection: close", "Content-Length: 4"];
  const socket = require("node:net").connect(port, hostname, async () => {
    console.log("connected");
    await fetch(gate);
    socket.end(head.join("\r\n") + "\r\n\r\nlate");
  });`;

/** Leaves its answer to a process that outlives it. */
const leaveTheAnswer = `
  import { spawn } from "node:child_process";
  const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
  const next = await fetch(api + "next");
  const url = api + next.headers.get("lambda-runtime-aws-request-id") + "/response";
  const heir = spawn(process.execPath, ["-e", ${JSON.stringify(heir)}, url, process.env.GATE], { detached: true });
  heir.stdout.once("data", () => process.exit(9));`;

test("What a process sent before its end counts, also when it arrives after that", async () => {
  const [gate, time] = [await createGate(), new HeldTime()];
  const seesTheEnd = new Signal();
  const delay: Delay = (ms, signal) => {
    if (ms === 500) seesTheEnd.happen();
    return time.delay(ms, signal);
  };
  const raw = rawRuntime({ args: ["-e", leaveTheAnswer], env: { GATE: gate.url }, delay });
  const pending = raw.invoke({ do: "echo" });
  const { open } = await gate.waiting();
  await seesTheEnd.happened;
  open();
  expect((await pending).text).toBe("late");
});

test("A response whose connection breaks, while the process lives on, is Runtime.TruncatedResponse", async () => {
  const raw = rawRuntime();
  expect((await crash(raw, { do: "cut", parts: ["ab"] })).type).toBe("Runtime.TruncatedResponse");
  await expectAlive(raw);
});

describe("A runtime that cannot start", () => {
  test("says why itself: the error is the answer, its words are in the log", async () => {
    const raw = rawRuntime({ env: { RAW_INIT: "error" } });
    const json = { errorType: "Runtime.ImportModuleError", errorMessage: "no such module", trace: ["a"] };
    const answer = await raw.invoke({ do: "echo" }, { headers: tail });
    expect(JSON.parse(answer.text)).toEqual(json);
    expect(answer.all("X-Amz-Function-Error")).toEqual(["Unhandled"]);
    expect(Buffer.from(answer.all("X-Amz-Log-Result")[0]!, "base64").toString()).toContain("\ncannot start\n");
    const { complete } = await raw.stream({ do: "echo" });
    expect(complete).toEqual({ ErrorCode: json.errorType, ErrorDetails: JSON.stringify(json) });
  });

  test("or ends", async () => {
    const message = "Runtime exited with error: exit status 3";
    const raw = rawRuntime({ env: { RAW_INIT: "exit" } });
    expect(await crash(raw, { do: "echo" })).toEqual({ type: "Runtime.ExitError", message });
  });

  test("or is no program", async () => {
    const folder = mkdtempSync(join(tmpdir(), "eventstream-test-"));
    try {
      const file = join(folder, "file");
      writeFileSync(file, "");
      for (const command of ["./missing", `${folder}/missing`, file]) {
        expect((await crash(rawRuntime({ command }), { do: "echo" })).type).toBe("Runtime.InvalidEntrypoint");
      }
      const nowhere = rawRuntime({ cwd: join(folder, "missing") });
      expect((await crash(nowhere, { do: "echo" })).type).toBe("Runtime.InvalidEntrypoint");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("or takes too long: only after the limit for it, the function's own time runs, and runs out", async () => {
    const [init, time] = [new HeldTime(), new HeldTime()];
    const started = new Signal();
    const options = { env: { RAW_INIT: "hang" }, initTimeout: 10, delay: init.delay, onOutput: () => started.happen() };
    const raw = rawRuntime(options, { timeout: 2, delay: time.delay });
    const pending = raw.invoke({ do: "echo" });
    await started.happened;
    time.passes();
    await setImmediate();
    expect(raw.lambda.invocations[0]!.outcome).toBe(undefined);
    init.passes();
    const answer = await pending;
    expect(JSON.parse(answer.text)).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(answer.text).toContain("Task timed out after 2.00 seconds");
    expect(init.waits).toContain(10_000);
  });
});

/** Time that stands still until it passes, all of it, and may stand still again. */
class HeldTime {
  readonly waits: number[] = [];
  #passed = new Signal();

  readonly delay: Delay = async (ms, signal) => {
    this.waits.push(ms);
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
    await Promise.race([this.#passed.happened, aborted]);
  };

  passes(): void {
    this.#passed.happen();
  }

  stops(): void {
    this.#passed = new Signal();
  }
}

describe("A function that takes too long", () => {
  test("is Sandbox.Timedout; its process is ended with all that it started, and the next invocation has a new one", async () => {
    const time = new HeldTime();
    const raw = rawRuntime({}, { timeout: 1, delay: time.delay });
    const body = '{"do":"parent"}';
    const reply = await request(raw.lambda, "POST", streamTarget("f"), { body, headers: tail });
    const events: ReturnType<typeof readEvent>[] = [];
    for await (const step of reply.body) {
      events.push(readEvent(step as Uint8Array));
      if (events.length === 1) time.passes();
    }
    const [chunk, complete] = events;
    const { LogResult, ...members } = JSON.parse(complete!.text) as Record<string, string>;
    expect(members["ErrorCode"]).toBe("Sandbox.Timeout");
    expect(members["ErrorDetails"]).toContain("Task timed out after 1.00 seconds");
    expect(Buffer.from(LogResult!, "base64").toString()).toContain("\tStatus: timeout\n");
    await Promise.all((JSON.parse(chunk!.text) as number[]).map(gone));
    time.stops();
    await expectAlive(raw);
  });

  test("and has not answered: Invoke says so, without what was written", async () => {
    const time = new HeldTime();
    const raw = rawRuntime({ onOutput: () => time.passes() }, { timeout: 1, delay: time.delay });
    const answer = await raw.invoke({ do: "hang", log: "here" });
    expect(answer.all("X-Amz-Function-Error")).toEqual(["Unhandled"]);
    expect(JSON.parse(answer.text)).toMatchObject({ errorType: "Sandbox.Timedout" });
    time.stops();
    await expectAlive(raw);
  });
});

test("A caller that goes away leaves the function to its end", async () => {
  const raw = rawRuntime();
  const event: RawEvent = { do: "stream", parts: Array.from({ length: 50 }, () => "x".repeat(100_000)) };
  const reply = await request(raw.lambda, "POST", streamTarget("f"), { body: JSON.stringify(event) });
  for await (const _step of reply.body) break;
  expect(await raw.lambda.invocations[0]!.ended).toEqual({ kind: "success" });
});
