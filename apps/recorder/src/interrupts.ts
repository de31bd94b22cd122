/** Ctrl-C, and being asked to terminate. Watched only by commands that have something to finish. */
export interface Interrupts {
  /** Stop taking new work; finish what is open. */
  readonly first: AbortSignal;
  /** Leave now. */
  readonly second: AbortSignal;
  /** The signal that came first. */
  name(): NodeJS.Signals | undefined;
  /** Gives the signals their usual meaning back. */
  stop(): void;
}

const watched = ["SIGINT", "SIGTERM"] as const;

/** From now on the first two SIGINT or SIGTERM only abort the signals; the third has its usual meaning again. */
export function watchInterrupts(process: NodeJS.Process): Interrupts {
  const [first, second] = [new AbortController(), new AbortController()];
  let name: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (!first.signal.aborted) {
      name = signal;
      first.abort();
    } else {
      stop();
      second.abort();
    }
  };
  const stop = () => {
    for (const signal of watched) process.off(signal, onSignal);
  };
  for (const signal of watched) process.on(signal, onSignal);
  return { first: first.signal, second: second.signal, name: () => name, stop };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
