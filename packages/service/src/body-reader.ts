import { realDelay } from "./delay.ts";
import { ServiceError } from "./errors.ts";
import { isBytes } from "./is-bytes.ts";
import type { Body, Delay, LendingSteps, Parts, Reset, Step, Wait } from "./service.ts";
import { checkWait, describe, isParts, iterate } from "./steps.ts";

type Taken = Uint8Array | Reset | undefined;
type Source = AsyncIterator<Step> | Iterator<Step>;

/**
 * Reads a reply's body for a transport: does the waiting, checks each step, and sees to it that the body can clean
 * up however reading ends. Every transport is a loop over `next()`.
 */
export class BodyReader {
  readonly #iterator: Source;
  readonly #canLend: boolean;
  readonly #delay: Delay;
  /** For a wait. */
  #gone: AbortController | undefined;
  #finished = false;
  // Those of the pending `next()`.
  #resolve: ((taken: Taken | Parts) => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  #lends = false;
  #pulling = false;
  #pullAgain = false;

  constructor(body: Body, delay: Delay = realDelay) {
    this.#iterator = iterate(body);
    this.#canLend = "lend" in this.#iterator;
    this.#delay = delay;
  }

  /**
   * The next bytes to write (never empty: a step of no bytes is nothing to write), a reset, or `undefined` at the
   * end. Pulls the body only when called, one step at a time. Rejects with what the body threw, with `reply_step` or
   * `wait_range` for a step that is none, or with the reason given to {@link cancel}. After anything but bytes, reading is over.
   */
  next(): Promise<Taken> {
    return new Promise((resolve, reject) => this.read(false, resolve as (taken: Taken | Parts) => void, reject));
  }

  /** As {@link next}, for a transport that can do with lent memory, see {@link LendingSteps}. */
  lend(): Promise<Taken | Parts> {
    return new Promise((resolve, reject) => this.read(true, resolve, reject));
  }

  /** {@link next} or {@link lend} without a promise: calls one of the two, which may be at once. */
  read(lends: boolean, resolve: (taken: Taken | Parts) => void, reject: (reason: unknown) => void): void {
    if (this.#finished) {
      resolve(undefined);
      return;
    }
    this.#lends = lends && this.#canLend;
    // A body may block for ever in its own code; `cancel` must free the transport even then.
    this.#resolve = resolve;
    this.#reject = reject;
    this.#pull();
  }

  /**
   * The receiver has gone: ends a wait, rejects a pending `next()`, and calls the body's `return()`. Resolves when the
   * body has cleaned up, or at once when the body is busy in its own code, because then nobody knows when it will.
   * Never rejects. Safe to call at any time, also twice.
   */
  async cancel(reason: unknown = new DOMException("The receiver of the body has gone", "AbortError")): Promise<void> {
    if (this.#finished) return;
    const reject = this.#reject;
    this.#finish();
    this.#gone?.abort(reason);
    reject?.(reason);
    const released = this.#release();
    if (reject === undefined) await released;
  }

  /**
   * Takes steps until one is for the transport. Without promises of its own: this runs for every chunk of every stream. Whoever
   * has a step at hand may give it inside of this, and so may the transport ask for the next one, in a loop.
   */
  #pull(): void {
    this.#pullAgain = true;
    if (this.#pulling) return;
    this.#pulling = true;
    while (this.#pullAgain) {
      this.#pullAgain = false;
      try {
        this.#pullOne(this.#iterator);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#pulling = false;
  }

  #pullOne(iterator: Source): void {
    if (this.#lends) {
      (iterator as LendingSteps).lend(this.#pulled, this.#failed);
      return;
    }
    const result = iterator.next();
    if ("then" in result) result.then(this.#pulled, this.#failed);
    else if (!this.#take(result)) this.#pull();
  }

  readonly #pulled = (result: IteratorResult<Step | Parts>): void => {
    try {
      if (!this.#take(result)) this.#pull();
    } catch (error) {
      this.#failed(error);
    }
  };

  /** The body threw, or it yielded what it must not. In the second case it is still running. */
  readonly #failed = (error: unknown): void => {
    if (this.#finished) return;
    const reject = this.#reject;
    this.#finish();
    void this.#release();
    reject?.(error);
  };

  /** False when the step is nothing, and the next one is to be pulled. */
  #take({ done, value }: IteratorResult<Step | Parts>): boolean {
    if (this.#finished) return true;
    if (done) {
      this.#settle(undefined, true);
      return true;
    }
    const step: unknown = value;
    if (this.#lends && isParts(step)) {
      this.#settle(step, false);
    } else if (isBytes(step)) {
      if (step.byteLength === 0) return false;
      this.#settle(step, false);
    } else if (isKind(step, "wait")) {
      const { ms } = step as Wait;
      checkWait(ms);
      this.#gone ??= new AbortController();
      // A caller's delay may return anything, such as nothing.
      Promise.resolve(this.#delay(ms, this.#gone.signal)).then(this.#goOn, this.#failed);
    } else if (isKind(step, "reset")) {
      this.#settle({ kind: "reset" }, true);
      void this.#release();
    } else {
      throw new ServiceError(
        "reply_step",
        `A reply's body yielded ${describe(step)}; expected bytes, a wait or a reset`,
      );
    }
    return true;
  }

  readonly #goOn = (): void => {
    if (!this.#finished) this.#pull();
  };

  #settle(taken: Taken | Parts, last: boolean): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#reject = undefined;
    if (last) this.#finished = true;
    resolve?.(taken);
  }

  #finish(): void {
    this.#finished = true;
    this.#pullAgain = false;
    this.#resolve = undefined;
    this.#reject = undefined;
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
