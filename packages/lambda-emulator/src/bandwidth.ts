import type { Step, Wait } from "@eventstream-kit/service";
import { isBytes } from "@eventstream-kit/service";

/*
 * The bandwidth of a streamed response, as documented and as in the source of Lambda's runtime emulator: a token bucket that
 * begins full. Bytes take tokens; with too few of them they wait.
 *
 *     capacity   6 MiB: so much goes out at once
 *     refill     2 MiB a second, in pieces of 256 KiB
 */
const capacity = 6 * 1024 * 1024;
const bytesPerMs = (2 * 1024 * 1024) / 1000;
const piece = 256 * 1024;

/**
 * Steps at the bandwidth of Lambda, by waits between them. Bytes that fit into the bucket stay one step; others are cut into
 * pieces of at most 256 KiB. A wait counts as over when the next step is asked for, whatever `now` says.
 *
 * @param now milliseconds since the epoch
 */
export function paced(source: AsyncIterable<Step>, now: () => number): AsyncIterable<Step> {
  return { [Symbol.asyncIterator]: () => new PacedSteps(source[Symbol.asyncIterator](), now) };
}

/** Not a generator: leaving must reach the source even when no step was ever asked for. */
class PacedSteps implements AsyncIterator<Step, undefined> {
  readonly #source: AsyncIterator<Step>;
  readonly #now: () => number;
  #tokens = capacity;
  #at: number;
  #pending: Uint8Array | undefined;

  constructor(source: AsyncIterator<Step>, now: () => number) {
    this.#source = source;
    this.#now = now;
    this.#at = now();
  }

  async next(): Promise<IteratorResult<Step, undefined>> {
    if (this.#pending === undefined) {
      const { done, value } = await this.#source.next();
      if (done === true) return { done: true, value: undefined };
      if (!isBytes(value)) return { done: false, value };
      this.#pending = value;
    }
    this.#refill(this.#now());
    return { done: false, value: this.#take(this.#pending) };
  }

  async return(): Promise<IteratorResult<Step, undefined>> {
    this.#pending = undefined;
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  #take(bytes: Uint8Array): Uint8Array | Wait {
    const size = bytes.length <= this.#tokens ? bytes.length : Math.min(piece, bytes.length);
    if (size > this.#tokens) {
      const ms = Math.ceil((size - this.#tokens) / bytesPerMs);
      this.#refill(this.#at + ms);
      return { kind: "wait", ms };
    }
    this.#tokens -= size;
    this.#pending = size === bytes.length ? undefined : bytes.subarray(size);
    return bytes.subarray(0, size);
  }

  #refill(at: number): void {
    if (at <= this.#at) return;
    this.#tokens = Math.min(capacity, this.#tokens + (at - this.#at) * bytesPerMs);
    this.#at = at;
  }
}
