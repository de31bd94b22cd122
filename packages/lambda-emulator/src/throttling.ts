import type { FunctionEntry } from "./functions.ts";
import type { RunningInvocation } from "./invocation.ts";
import { tooManyRequests } from "./lambda-error.ts";

/** Knows what runs, counts what was refused, and refuses what is too much. */
export class Throttling {
  readonly #retryAfterSeconds: number;
  #running = new Map<string, Set<RunningInvocation>>();
  #refused = new Map<string, number>();

  constructor(retryAfterSeconds: number) {
    this.#retryAfterSeconds = retryAfterSeconds;
  }

  /**
   * Lets an invocation of the function begin.
   *
   * @throws {LambdaError} `TooManyRequestsException`: by the function's `throttle`, or by its reserved `concurrency`
   */
  admit({ name, throttle = 0, concurrency = Infinity }: FunctionEntry): void {
    const refused = this.#refused.get(name) ?? 0;
    if (refused < throttle) {
      this.#refused.set(name, refused + 1);
      throw tooManyRequests("FunctionInvocationRateLimitExceeded", this.#retryAfterSeconds);
    }
    if ((this.#running.get(name)?.size ?? 0) >= concurrency) {
      throw tooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded", this.#retryAfterSeconds);
    }
  }

  /** Counts an invocation until it ends. */
  began({ name }: FunctionEntry, invocation: RunningInvocation): void {
    let running = this.#running.get(name);
    if (running === undefined) this.#running.set(name, (running = new Set()));
    running.add(invocation);
    invocation.outcome.when(() => running.delete(invocation));
  }

  /** Forgets what was refused, and ends what runs. */
  reset(): void {
    const running = this.#running;
    this.#running = new Map();
    this.#refused = new Map();
    for (const invocations of running.values()) for (const invocation of invocations) invocation.kill();
  }
}
