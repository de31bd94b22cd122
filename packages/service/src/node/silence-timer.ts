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
 */
export function silenceTimer(ms: number, silent: () => void): SilenceTimer {
  return new LateTimer(ms, silent);
}

class LateTimer implements SilenceTimer {
  readonly #ms: number;
  readonly #silent: () => void;
  #timeout: NodeJS.Timeout | undefined;
  #due = false;
  #stopped = false;

  constructor(ms: number, silent: () => void) {
    this.#ms = ms;
    this.#silent = silent;
    // It counts from then: what a turn takes is no silence.
    nextTick(LateTimer.#begin, this);
  }

  static #begin(this: void, timer: LateTimer): void {
    if (timer.#stopped) return;
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
