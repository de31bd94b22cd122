import { setImmediate } from "node:timers/promises";

/** Lets everything happen that is waiting to happen, without a clock: many turns of the event loop. */
export async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
}

/** Waits, turn by turn, until something is so; the test's own timeout is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}
