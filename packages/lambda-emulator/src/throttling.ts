import type { FunctionEntry } from "./functions.ts";
import type { RunningInvocation } from "./invocation.ts";
import { tooManyRequests } from "./lambda-error.ts";

/** Counts what runs and what was refused, and refuses what is too much. */
export class Throttling {
  readonly #retryAfterSeconds: number;
  #running = new Map<string, number>();
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
    if ((this.#running.get(name) ?? 0) >= concurrency) {
      throw tooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded", this.#retryAfterSeconds);
    }
  }

  /** Counts an invocation until it ends. */
  began({ name }: FunctionEntry, { outcome }: RunningInvocation): void {
    const running = this.#running;
    running.set(name, (running.get(name) ?? 0) + 1);
    // What began before a reset ends in the count of that time.
    outcome.when(() => running.set(name, (running.get(name) ?? 1) - 1));
  }

  reset(): void {
    this.#running = new Map();
    this.#refused = new Map();
  }
}
