import { randomUUID } from "node:crypto";
import process from "node:process";
import type { Delay } from "@eventstream-kit/service";
import type { Outcome } from "../invocation.ts";
import type { RemoteInvocation } from "../remote-code.ts";
import { crashed } from "../function-error.ts";
import { exitOutcome } from "./exit-reason.ts";
import { startProcess } from "./process-group.ts";
import type { ProcessGroup } from "./process-group.ts";
import { RuntimeApi } from "./runtime-api.ts";
import type { FunctionIdentity } from "./runtime-environment.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";

/** How processes are started. */
export interface WorkerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly handler: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In seconds. */
  readonly initTimeout: number;
  readonly onOutput: (text: string) => void;
  readonly now: () => number;
  readonly delay: Delay;
}

/** Milliseconds in which the end of a process follows its broken connection, or the end of its connections follows its own. */
const endFollowsMs = 500;

/** One process with its Runtime API: what Lambda calls an execution environment. Runs one invocation at a time. */
export class RuntimeWorker {
  readonly identity: FunctionIdentity;
  readonly #options: WorkerOptions;
  readonly #api: RuntimeApi;
  readonly #process: ProcessGroup;
  #running: Promise<unknown> | undefined;
  #invocation: RemoteInvocation | undefined;
  #ready = false;
  #alive = true;
  /** Settles when the process is gone and its port is closed. Never rejects. */
  readonly closed: Promise<void>;

  private constructor(options: WorkerOptions, identity: FunctionIdentity, api: RuntimeApi) {
    this.#options = options;
    this.identity = identity;
    this.#api = api;
    this.#process = startProcess({
      command: options.command,
      args: options.args,
      cwd: options.cwd,
      env: runtimeEnvironment(
        process.env,
        {
          ...identity,
          runtimeApi: api.address,
          handler: options.handler,
          taskRoot: options.cwd,
          logStream: logStream(options.now(), identity.version),
        },
        options.env,
      ),
      onOutput: (text) => {
        this.#invocation?.output(text);
        options.onOutput(text);
      },
    });
    this.closed = this.#close();
  }

  static async start(options: WorkerOptions, identity: FunctionIdentity): Promise<RuntimeWorker> {
    const { now, delay } = options;
    const startedAt = now();
    const workers: RuntimeWorker[] = [];
    const onReady = () => {
      for (const worker of workers) worker.#onReady(now() - startedAt);
    };
    const api = await RuntimeApi.listen({ now, delay, onReady });
    try {
      const worker = new RuntimeWorker(options, identity, api);
      workers.push(worker);
      return worker;
    } catch (error) {
      await api.close();
      throw error;
    }
  }

  /** True while it can run another invocation. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Ends the process at once, and with it the invocation at hand. */
  kill(): void {
    this.#alive = false;
    this.#process.kill();
    void this.#api.close();
  }

  /**
   * Runs an invocation to its end. Never rejects.
   *
   * @returns `undefined` when the process, kept from an earlier invocation, turns out to have ended without this one
   */
  async run(invocation: RemoteInvocation): Promise<Outcome | undefined> {
    const done = new AbortController();
    this.#invocation = invocation;
    invocation.timedOut.addEventListener("abort", () => this.kill(), { once: true, signal: done.signal });
    if (this.#ready) invocation.begin();
    else this.#limitInit(invocation, done.signal);
    const running = this.#outcome(invocation, done.signal);
    this.#running = running;
    const outcome = await running;
    done.abort();
    // A runtime that could not start ends by itself; if not, there is no use for it.
    if (!this.#ready) this.kill();
    this.#invocation = undefined;
    return outcome;
  }

  async #outcome(invocation: RemoteInvocation, done: AbortSignal): Promise<Outcome | undefined> {
    const { requestId } = invocation.input;
    const kept = this.#ready;
    const { exited } = this.#process;
    const ended = this.#api.invoke(invocation);
    const first = await Promise.race([ended, exited]);
    if (first !== "truncated" && !("kind" in first)) {
      if (kept && this.#api.state === "offered" && !invocation.timedOut.aborted) return undefined;
      // What it sent before its end counts, and may not have been read yet.
      await Promise.race([this.#api.silent(), this.#options.delay(endFollowsMs, done)]);
      const { state } = this.#api;
      const ending = state === "offered" || state === "taken" ? "truncated" : await ended;
      return ending === "truncated" ? exitOutcome(first, requestId) : ending;
    }
    if (first !== "truncated") return first;

    // A connection breaks by itself, or before the end of its process is known.
    const exit = await Promise.race([exited, this.#options.delay(endFollowsMs, done)]);
    if (exit !== undefined) return exitOutcome(exit, requestId);
    this.kill();
    return crashed("Runtime.TruncatedResponse", "The response was cut short", requestId);
  }

  async #close(): Promise<void> {
    await this.#process.exited;
    this.#alive = false;
    // What it sent before its end is still read.
    await this.#running;
    await this.#api.close();
  }

  /** A runtime that takes too long to start begins to use up the function's own time. */
  #limitInit(invocation: RemoteInvocation, signal: AbortSignal): void {
    const { delay, initTimeout } = this.#options;
    delay(initTimeout * 1000, signal).then(
      () => invocation.begin(),
      () => undefined,
    );
  }

  #onReady(initMs: number): void {
    this.#ready = true;
    this.#invocation?.begin(initMs);
  }
}

/** A name as Lambda makes it: day, version, and 32 hex digits for the execution environment. */
function logStream(now: number, version: string): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[${version}]${randomUUID().replaceAll("-", "")}`;
}
