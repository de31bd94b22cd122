import { realDelay } from "./delay.ts";
import { ServiceError } from "./errors.ts";
import type { Body, Delay, Reset, Step } from "./service.ts";
import { checkWait, describe, iterate } from "./steps.ts";

/**
 * Reads a reply's body for a transport: does the waiting, checks each step, and sees to it that the body can clean
 * up however reading ends. Every transport is a loop over `next()`.
 */
export class BodyReader {
  readonly #iterator: AsyncIterator<Step> | Iterator<Step>;
  readonly #delay: Delay;
  readonly #gone = new AbortController();
  #finished = false;
  #interrupt: ((reason: unknown) => void) | undefined;

  constructor(body: Body, delay: Delay = realDelay) {
    this.#iterator = iterate(body);
    this.#delay = delay;
  }

  /**
   * The next bytes to write (never empty: a step of no bytes is nothing to write), a reset, or `undefined` at the
   * end. Pulls the body only when called, one step at a time. Rejects with what the body threw, with `reply_step` or
   * `wait_range` for a step that is none, or with the reason given to {@link cancel}. After anything but bytes, reading is over.
   */
  next(): Promise<Uint8Array | Reset | undefined> {
    if (this.#finished) return Promise.resolve(undefined);
    // A body may block for ever in its own code; `cancel` must free the transport even then.
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      this.#advance().then(resolve, reject);
    });
  }

  /**
   * The receiver has gone: ends a wait, rejects a pending `next()`, and calls the body's `return()`. Resolves when the
   * body has cleaned up, or at once when the body is busy in its own code, because then nobody knows when it will.
   * Never rejects. Safe to call at any time, also twice.
   */
  async cancel(reason: unknown = new DOMException("The receiver of the body has gone", "AbortError")): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    this.#gone.abort(reason);
    const interrupt = this.#interrupt;
    interrupt?.(reason);
    const released = this.#release();
    if (interrupt === undefined) await released;
  }

  async #advance(): Promise<Uint8Array | Reset | undefined> {
    try {
      for (;;) {
        const { done, value } = await this.#iterator.next();
        if (this.#finished) return undefined;
        if (done) {
          this.#finished = true;
          return undefined;
        }
        const step: unknown = value;
        if (step instanceof Uint8Array) {
          if (step.byteLength > 0) return step;
        } else if (isKind(step, "wait")) {
          const { ms } = step as { ms?: unknown };
          checkWait(ms as number);
          await this.#delay(ms as number, this.#gone.signal);
          if (this.#finished) return undefined;
        } else if (isKind(step, "reset")) {
          this.#finished = true;
          void this.#release();
          return { kind: "reset" };
        } else {
          throw new ServiceError(
            "reply_step",
            `A reply's body yielded ${describe(step)}; expected bytes, a wait or a reset`,
          );
        }
      }
    } catch (error) {
      // The body threw, or it yielded what it must not. In the second case it is still running.
      if (!this.#finished) void this.#release();
      this.#finished = true;
      throw error;
    } finally {
      this.#interrupt = undefined;
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // Reading is over for another reason already; trouble in the clean-up must not hide it.
    }
  }
}

function isKind(step: unknown, kind: string): boolean {
  return typeof step === "object" && step !== null && "kind" in step && step.kind === kind;
}
