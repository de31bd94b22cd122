import type { Delay } from "@eventstream-kit/service";

/** Calls `passed` after so many milliseconds. The function it returns calls that off. */
export type StartTimer = (ms: number, passed: () => void) => () => void;

/**
 * The default: `setTimeout`, looked up at each call, so that a test's fake timers apply. No promise and no signal, since every
 * invocation has one of these.
 */
export const realTimer: StartTimer = (ms, passed) => {
  const timer = setTimeout(passed, ms);
  return () => clearTimeout(timer);
};

/** A timer that waits as `delay` does. */
export function timerOf(delay: Delay): StartTimer {
  return (ms, passed) => {
    const called = new AbortController();
    void waitFor(delay(ms, called.signal), () => !called.signal.aborted && passed());
    return () => called.abort();
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
