import { setImmediate } from "node:timers";

/** Lets timers and sockets have their turn. Scheduling, not time: no clock is involved. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * What a function writes, on its way to one reader. A write is finished when the reader asks for more, so a function
 * that waits for its writes runs at the reader's pace. When the reader leaves, writes go nowhere and finish by
 * themselves: the function runs to its end, as it does on Lambda.
 */
export class WriteQueue implements AsyncIterable<Uint8Array> {
  /** Called when writers begin to wait for the reader (true) and when they go on (false). */
  readonly #onWaiting: (waiting: boolean) => void;
  readonly #items: Uint8Array[] = [];
  /** Waits for the reader to ask for more: one promise for all writes that do. */
  #taken: Promise<void> | undefined;
  #resolveTaken: () => void = () => undefined;
  #reader: ((result: IteratorResult<Uint8Array, undefined>) => void) | undefined;
  #closed = false;
  #left = false;

  constructor(onWaiting: (waiting: boolean) => void = () => undefined) {
    this.#onWaiting = onWaiting;
  }

  /** True when writing is pointless: the function was ended from outside. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The bytes stay as they are until the promise resolves. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || this.#left) return nextTurn();
    if (this.#reader === undefined) this.#items.push(bytes);
    else this.#hand({ done: false, value: bytes });
    if (this.#taken === undefined) {
      this.#onWaiting(true);
      this.#taken = new Promise((resolve) => (this.#resolveTaken = resolve));
    }
    return this.#taken;
  }

  /** The function has ended: the reader gets what is left, then the end. */
  close(): void {
    this.#closed = true;
    this.#release();
    this.#hand({ done: true, value: undefined });
  }

  /** The reader has gone. */
  leave(): void {
    this.#left = true;
    this.#items.length = 0;
    this.#release();
    this.#hand({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => {
        const value = this.#items.shift();
        if (value !== undefined) return Promise.resolve({ done: false, value });
        if (this.#closed || this.#left) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => {
          this.#reader = resolve;
          this.#release();
        });
      },
      return: () => {
        this.leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** A reader that waits finds nothing kept. */
  #hand(result: IteratorResult<Uint8Array, undefined>): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(result);
  }

  #release(): void {
    if (this.#taken === undefined) return;
    this.#taken = undefined;
    this.#onWaiting(false);
    this.#resolveTaken();
  }
}
