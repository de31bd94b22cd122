import { resolve } from "node:path";
import { realDelay, shown } from "@eventstream-kit/service";
import type { Delay } from "@eventstream-kit/service";
import { LambdaEmulatorError } from "../errors.ts";
import type { Outcome } from "../invocation.ts";
import { runElsewhere } from "../remote-code.ts";
import type { RemoteCode, RemoteInvocation } from "../remote-code.ts";
import { exitOutcome } from "./exit-reason.ts";
import { identityOf } from "./runtime-environment.ts";
import type { FunctionIdentity } from "./runtime-environment.ts";
import { RuntimeWorker } from "./runtime-worker.ts";
import type { WorkerOptions } from "./runtime-worker.ts";

/** See the members. Only `command` is needed. */
export interface RuntimeProcessOptions {
  /** The program: a runtime client, or a `bootstrap`. A path with a `/` is relative to `cwd`. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Where it runs, and `LAMBDA_TASK_ROOT`. Default: the working directory. */
  readonly cwd?: string;
  /** `_HANDLER`: what the runtime calls. Default `index.handler`. */
  readonly handler?: string;
  /** Variables on top of those that Lambda defines; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Processes at a time, from 1. Default 10. An invocation more waits for its turn, which does not count as its time. */
  readonly maxProcesses?: number;
  /**
   * Seconds that a runtime may take to start, from 0. Default 10. After that the function's own time begins to run: as on
   * Lambda, the invocation then ends as a timeout.
   */
  readonly initTimeout?: number;
  /** Gets what the processes print, on either output, besides the log of each invocation. Must not throw. */
  readonly onOutput?: (text: string) => void;
  /** Milliseconds since the epoch, on the clock of the processes. Default `Date.now`. */
  readonly now?: () => number;
  /** Default: `setTimeout`. */
  readonly delay?: Delay;
}

/** A function whose code is a command. Give it to `createLambda` as a function or as a `handler`. */
export interface RuntimeProcess extends AsyncDisposable {
  /**
   * Ends all processes, and what they started, at once; invocations that run end as a crash. Resolves when nothing is left.
   * Safe to call twice. Nothing is started any more.
   */
  close(): Promise<void>;
}

/**
 * A function that a real runtime serves, in any language: each process gets a Lambda Runtime API of its own on a loopback
 * port, and the environment that Lambda gives to a runtime.
 *
 * Nothing is started before the first invocation. A process serves one invocation at a time and is kept for the next ones;
 * parallel invocations get processes of their own. One that exits, or is killed because its function timed
 * out, is replaced when it is needed.
 *
 * @throws {LambdaEmulatorError} `invalid_option`
 */
export function runtimeProcess(options: RuntimeProcessOptions): RuntimeProcess {
  return new RuntimePool(options);
}

class RuntimePool implements RuntimeProcess, RemoteCode {
  readonly #options: WorkerOptions;
  readonly #maxProcesses: number;
  /** Processes that wait for an invocation, the longest waiting first. */
  readonly #idle = new Set<RuntimeWorker>();
  readonly #workers = new Set<RuntimeWorker>();
  /** One for each process that is not known to be gone. */
  readonly #lives = new Set<Promise<void>>();
  /** Invocations that have a process, or get one. */
  #busy = 0;
  /** Invocations that wait for one. */
  readonly #queue: (() => void)[] = [];
  #closed = false;

  constructor(options: RuntimeProcessOptions) {
    checkOptions(options);
    const { maxProcesses = 10, initTimeout = 10, handler = "index.handler" } = options;
    this.#maxProcesses = maxProcesses;
    this.#options = {
      command: options.command,
      args: options.args ?? [],
      cwd: resolve(options.cwd ?? "."),
      handler,
      env: options.env ?? {},
      initTimeout,
      onOutput: options.onOutput ?? (() => undefined),
      now: options.now ?? Date.now,
      delay: options.delay ?? realDelay,
    };
  }

  async [runElsewhere](invocation: RemoteInvocation): Promise<Outcome> {
    if (this.#busy < this.#maxProcesses) this.#busy++;
    else await new Promise<void>((turn) => this.#queue.push(turn));
    try {
      return await this.#run(invocation);
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const worker of this.#workers) worker.kill();
    await Promise.all(this.#lives);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(invocation: RemoteInvocation): Promise<Outcome> {
    const { requestId } = invocation.input;
    const killed = () => exitOutcome({ code: null, signal: "SIGKILL" }, requestId);
    if (this.#closed || invocation.timedOut.aborted) return killed();
    const identity = identityOf(invocation);
    let worker: RuntimeWorker;
    try {
      worker = this.#takeIdle(identity) ?? (await this.#start(identity));
    } catch (error) {
      return exitOutcome({ code: null, signal: null, error: error as Error }, requestId);
    }
    if (invocation.timedOut.aborted) {
      worker.kill();
      return killed();
    }
    const outcome = await worker.run(invocation);
    if (worker.alive) this.#idle.add(worker);
    return outcome ?? this.#run(invocation);
  }

  #takeIdle(identity: FunctionIdentity): RuntimeWorker | undefined {
    const wanted = JSON.stringify(identity);
    for (const worker of this.#idle) {
      if (JSON.stringify(worker.identity) !== wanted) continue;
      this.#idle.delete(worker);
      return worker;
    }
    return undefined;
  }

  async #start(identity: FunctionIdentity): Promise<RuntimeWorker> {
    const [oldest] = this.#idle;
    if (oldest !== undefined && this.#busy + this.#idle.size > this.#maxProcesses) {
      this.#idle.delete(oldest);
      oldest.kill();
    }
    const started = RuntimeWorker.start(this.#options, identity);
    const life = this.#live(started);
    this.#lives.add(life);
    void life.then(() => this.#lives.delete(life));
    return started;
  }

  /** Keeps a process on the list until it is gone. Never rejects. */
  async #live(started: Promise<RuntimeWorker>): Promise<void> {
    const worker = await started.catch(() => undefined);
    if (worker === undefined) return;
    this.#workers.add(worker);
    if (this.#closed) worker.kill();
    await worker.closed;
    this.#idle.delete(worker);
    this.#workers.delete(worker);
  }
}

function checkOptions(options: RuntimeProcessOptions): void {
  const { command, args = [], cwd = ".", handler = "x", env = {}, maxProcesses = 1, initTimeout = 0 } = options;
  const texts = { command, cwd, handler };
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== "string" || !/^[^\0]+$/.test(text)) refuse(name, text, "text that is not empty");
  }
  if (!Array.isArray(args) || !args.every(isArgument)) refuse("args", args, "a list of texts");
  for (const [name, value] of Object.entries(env)) {
    if (!/^[^=\0]+$/.test(name) || !(value === undefined || isArgument(value))) refuse(`env.${name}`, value, "text");
  }
  if (!(Number.isSafeInteger(maxProcesses) && maxProcesses > 0)) {
    refuse("maxProcesses", maxProcesses, "a whole number from 1");
  }
  if (!(typeof initTimeout === "number" && initTimeout >= 0 && initTimeout <= 900)) {
    refuse("initTimeout", initTimeout, "seconds from 0 to 900");
  }
}

function refuse(name: string, found: unknown, expected: string): never {
  throw new LambdaEmulatorError(
    "invalid_option",
    `Creating a runtime process: the option ${name} is ${shown(found)}, expected ${expected}`,
  );
}

function isArgument(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\0");
}
