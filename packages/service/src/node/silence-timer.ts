// Bound here, at import: a test that has replaced the global timers replaces no limit of a server's.
import { clearTimeout, setImmediate, setTimeout } from "node:timers";

/** Runs out when for a time nothing was heard. */
export interface SilenceTimer {
  heard(): void;
  /** For good. */
  stop(): void;
}

/**
 * @param ms from now on, and from each `heard()` on.
 * @param silent is called once, if at all.
 */
export function silenceTimer(ms: number, silent: () => void): SilenceTimer {
  let due = false;
  let stopped = false;
  const timeout = setTimeout(() => {
    due = true;
    // What came while the process stood still is heard first.
    setImmediate(() => {
      if (due) silent();
    });
  }, ms).unref();
  return {
    heard() {
      due = false;
      if (!stopped) timeout.refresh();
    },
    stop() {
      due = false;
      stopped = true;
      clearTimeout(timeout);
    },
  };
}
