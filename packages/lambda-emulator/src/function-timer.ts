import { performance } from "node:perf_hooks";
import { nextTick } from "node:process";
import { setTimeout as systemsTimeout } from "node:timers";
import type { Delay } from "@eventstream-kit/service";

/** Calls `passed` after so many milliseconds. */
export type StartTimer = (ms: number, passed: () => void) => FunctionTimer;

export interface FunctionTimer {
  callOff(): void;
}

/**
 * The default: `setTimeout`, looked up at each call, so that a test's fake timers apply. No promise and no signal, since every
 * invocation has one of these.
 */
export const realTimer: StartTimer = (ms, passed) => new RealTimer(ms, passed);

/**
 * Timers of the system wait for the end of the turn, by when many functions have ended: to set one and clear it costs a fiftieth
 * of a short call. They count from their own beginning, however long the turn takes. A test's timers are set at once.
 */
class RealTimer implements FunctionTimer {
  readonly #ms: number;
  readonly #passed: () => void;
  #startedAt = 0;
  #timeout: ReturnType<typeof setTimeout> | undefined;
  #off = false;

  constructor(ms: number, passed: () => void) {
    this.#ms = ms;
    this.#passed = passed;
    if (setTimeout === systemsTimeout) {
      this.#startedAt = performance.now();
      nextTick(RealTimer.#startLate, this);
    } else {
      this.#timeout = setTimeout(passed, ms);
    }
  }

  static #startLate(this: void, timer: RealTimer): void {
    if (timer.#off) return;
    // A function that computes without a pause takes its own time.
    const gone = Math.floor(performance.now() - timer.#startedAt);
    timer.#timeout = setTimeout(timer.#passed, Math.max(0, timer.#ms - gone));
  }

  callOff(): void {
    this.#off = true;
    if (this.#timeout !== undefined) clearTimeout(this.#timeout);
  }
}

/** A timer that waits as `delay` does. */
export function timerOf(delay: Delay): StartTimer {
  return (ms, passed) => {
    const called = new AbortController();
    void waitFor(delay(ms, called.signal), () => !called.signal.aborted && passed());
    return { callOff: () => called.abort() };
  };
}

async function waitFor(wait: Promise<void>, passed: () => void): Promise<void> {
  try {
    await wait;
  } catch {
    return; // Called off.
  }
  passed();
}
