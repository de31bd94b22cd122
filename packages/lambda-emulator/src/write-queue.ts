import { setImmediate } from "node:timers";
import type { GiveWrite, Writes } from "./invocation.ts";

/** Lets timers and sockets have their turn. Scheduling, not time: no clock is involved. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * What a function writes, on its way to one reader. A write is finished when the reader asks for more, so a function
 * that waits for its writes runs at the reader's pace. When the reader leaves, writes go nowhere and finish by
 * themselves: the function runs to its end, as it does on Lambda.
 */
export class WriteQueue implements Writes {
  /** Called when writers begin to wait for the reader (true) and when they go on (false). */
  readonly #onWaiting: (waiting: boolean) => void;
  readonly #items: Uint8Array[] = [];
  /** Waits for the reader to ask for more: one promise for all writes that do. */
  #taken: Promise<void> | undefined;
  #resolveTaken: () => void = () => undefined;
  #reader: GiveWrite | undefined;
  #closed = false;
  #left = false;

  constructor(onWaiting: (waiting: boolean) => void = () => undefined) {
    this.#onWaiting = onWaiting;
  }

  /** The bytes stay as they are until the promise resolves, or until this returns when it returns true: it is finished. */
  write(bytes: Uint8Array): true | Promise<void> {
    if (this.#closed || this.#left) return nextTurn();
    if (this.#reader === undefined) {
      this.#items.push(bytes);
    } else {
      this.#hand(bytes);
      // Taken at once: nobody has to wait, and no clock to be asked for how long.
      if (this.#reader !== undefined || this.#left) return true;
    }
    return (this.#taken ??= this.#untilTaken());
  }

  /** Apart from `write`: a function that may make a closure takes memory for that each time it is called. */
  #untilTaken(): Promise<void> {
    this.#onWaiting(true);
    return new Promise((resolve) => (this.#resolveTaken = resolve));
  }

  /** The function has ended: the reader gets what is left, then the end. */
  close(): void {
    this.#closed = true;
    this.#release();
    this.#hand(undefined);
  }

  leave(): void {
    this.#left = true;
    this.#items.length = 0;
    this.#release();
    this.#hand(undefined);
  }

  take(give: GiveWrite): void {
    // To shift from an empty list costs as much as to write.
    const bytes = this.#items.length > 0 ? this.#items.shift() : undefined;
    if (bytes !== undefined || this.#closed || this.#left) {
      give(bytes);
    } else {
      this.#reader = give;
      this.#release();
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () =>
        new Promise((resolve) => {
          this.take((value) => resolve(value === undefined ? { done: true, value } : { done: false, value }));
        }),
      return: () => {
        this.leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** A reader that waits finds nothing kept. */
  #hand(bytes: Uint8Array | undefined): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(bytes);
  }

  #release(): void {
    if (this.#taken === undefined) return;
    this.#taken = undefined;
    this.#onWaiting(false);
    this.#resolveTaken();
  }
}
