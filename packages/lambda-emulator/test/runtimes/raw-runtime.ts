import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, vi } from "vitest";
import { createLambda } from "../../src/index.ts";
import type { EmulatedLambda, LambdaOptions } from "../../src/index.ts";
import { runtimeProcess } from "../../src/node.ts";
import type { RuntimeProcess, RuntimeProcessOptions } from "../../src/node.ts";
import { invokeTarget, send, stream } from "../invoke-client.ts";
import type { Answer, SendOptions } from "../function-url-client.ts";
import type { StreamAnswer } from "../invoke-client.ts";
import type { RawEvent } from "./raw-client.ts";

export const rawClient = fileURLToPath(new URL("raw-client.ts", import.meta.url));

// Every test starts processes, and a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A runtime that the end of the test closes. */
export function startRuntime(options: RuntimeProcessOptions): RuntimeProcess {
  const runtime = runtimeProcess(options);
  closing.push(() => runtime.close());
  return runtime;
}

export interface RawRuntime {
  readonly lambda: EmulatedLambda;
  readonly runtime: RuntimeProcess;
  readonly invoke: (event: RawEvent, options?: Omit<SendOptions, "body">) => Promise<Answer>;
  readonly stream: (event: RawEvent, options?: Omit<SendOptions, "body">) => Promise<StreamAnswer>;
}

/** The function `f`, served by the raw client. */
export function rawRuntime(
  options: Partial<RuntimeProcessOptions> = {},
  lambdaOptions: Partial<LambdaOptions> & { timeout?: number } = {},
): RawRuntime {
  const { timeout = 60, ...rest } = lambdaOptions;
  const runtime = startRuntime({ command: process.execPath, args: [rawClient], ...options });
  const lambda = createLambda({ functions: { f: { handler: runtime, timeout } }, ...rest });
  return {
    lambda,
    runtime,
    invoke: (event, extra) => send(lambda, "POST", invokeTarget("f"), { ...extra, body: JSON.stringify(event) }),
    stream: (event, extra) => stream(lambda, "f", { ...extra, body: JSON.stringify(event) }),
  };
}

/** A server that answers when the test says so. */
export interface Gate {
  readonly url: string;
  /** Resolves when somebody waits, and lets go at `open`. */
  readonly waiting: () => Promise<{ readonly open: () => void }>;
}

export async function createGate(): Promise<Gate> {
  const waiting: http.ServerResponse[] = [];
  const watching: (() => void)[] = [];
  const server = http.createServer((_request, response) => {
    waiting.push(response);
    watching.shift()?.();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async waiting() {
      if (waiting.length === 0) await new Promise<void>((resolve) => watching.push(resolve));
      const response = waiting.shift()!;
      return { open: () => void response.end() };
    },
  };
}

/** Resolves when a process is gone; one that only waits to be reaped is. */
export async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await setTimeout(10);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  try {
    // pid (name) state …
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
