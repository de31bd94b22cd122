import { nextTick } from "node:process";
// Bound here, at import: a test that has replaced the global timers replaces no limit of a server's.
import { clearTimeout, setImmediate, setTimeout } from "node:timers";

/** Runs out when for a time nothing was heard. */
export interface SilenceTimer {
  heard(): void;
  /** For good. */
  stop(): void;
}

/**
 * @param ms from the end of this turn on, and from each `heard()` on.
 * @param silent is called once, if at all, and once more after each `heard()` in it.
 * @param source what is listened to. When it is complete at the end of this turn, as most requests are, there is nothing to wait
 * for: a timer of the system for each of them costs as much as to look for all of their headers.
 */
export function silenceTimer(ms: number, silent: () => void, source: { readonly complete?: boolean }): SilenceTimer {
  return new LateTimer(ms, silent, source);
}

class LateTimer implements SilenceTimer {
  readonly #ms: number;
  readonly #silent: () => void;
  readonly #source: { readonly complete?: boolean };
  #timeout: NodeJS.Timeout | undefined;
  #due = false;
  #stopped = false;

  constructor(ms: number, silent: () => void, source: { readonly complete?: boolean }) {
    this.#ms = ms;
    this.#silent = silent;
    this.#source = source;
    // It counts from then: what a turn takes is no silence.
    nextTick(LateTimer.#begin, this);
  }

  static #begin(this: void, timer: LateTimer): void {
    if (timer.#stopped || timer.#source.complete === true) return;
    timer.#timeout = setTimeout(() => timer.#passed(), timer.#ms).unref();
  }

  #passed(): void {
    this.#due = true;
    // What came while the process stood still is heard first.
    setImmediate(() => {
      if (this.#due) this.#silent();
    });
  }

  heard(): void {
    this.#due = false;
    if (!this.#stopped) this.#timeout?.refresh();
  }

  stop(): void {
    this.#due = false;
    this.#stopped = true;
    clearTimeout(this.#timeout);
  }
}
