import type { Delay } from "./service.ts";

/**
 * The default {@link Delay}: `setTimeout`, looked up at each call, so that a test's fake timers apply.
 *
 * The timer keeps a process alive on purpose: a script that reads a paced reply must not end in the middle of it.
 */
export const realDelay: Delay = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
