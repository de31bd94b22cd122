import type { LongTiming } from "./cassette.ts";
import { ChunkLog } from "./chunk-log.ts";

interface Arrival {
  /** Tenths of a millisecond since the chunk before it. */
  readonly tenths: number;
  /** Where the chunk ends in the body. */
  readonly position: number;
  readonly paused: boolean;
}

/** 7,000 years. More is no time, and could not be told in tenths. */
const mostTenths = 2 ** 51;

/** The longest time that a cassette has: however many of them there are, they can be added up. */
export const longestMs = mostTenths / 10;

/**
 * Notes when chunks arrive, in tenths of a millisecond whose rounding never adds up to a drift, and how far into the items
 * they reach.
 */
export class ChunkClock {
  readonly #now: () => number;
  readonly #started: number;
  #head: number | undefined;
  /** The tenths given to chunks so far: each is rounded together with what rounding took from those before. */
  #given = 0;
  #position = 0;
  /** Chunks that end in an item that is not complete. */
  #pending: Arrival[] = [];
  #items = 0;
  /** Where the last item ends. */
  #itemEnd = 0;
  readonly #chunks = new ChunkLog();

  constructor(now: () => number) {
    this.#now = now;
    this.#started = now();
  }

  head(): void {
    this.#head = this.#now();
  }

  chunk(bytes: number, paused: boolean): void {
    // A chunk without a byte is none: no chunk boundary can be seen in the body.
    if (bytes === 0) return;
    this.#position += bytes;
    const tenths = Math.max(0, tenthsBetween(this.#head!, this.#now()) - this.#given);
    this.#given += tenths;
    this.#pending.push({ tenths, position: this.#position, paused });
  }

  /** The chunks have completed an item. */
  item(length: number): void {
    const start = this.#itemEnd;
    this.#itemEnd += length;
    this.#items += 1;
    let inside = 0;
    for (; (this.#pending[inside]?.position ?? Infinity) <= this.#itemEnd; inside++) {
      const { tenths, position, paused } = this.#pending[inside]!;
      const isWhole = position === this.#itemEnd;
      this.#chunks.add({
        dt: tenths / 10,
        item: isWhole ? this.#items : this.#items - 1,
        extra: isWhole ? 0 : position - start,
        paused,
      });
    }
    if (inside > 0) this.#pending = this.#pending.slice(inside);
  }

  /** The chunks relative to the items, all of which are complete. */
  timing(): LongTiming {
    return { unit: "ms", res: tenthsBetween(this.#started, this.#head!) / 10, chunks: this.#chunks };
  }
}

/** Tenths of a millisecond from 0. None when one of the times is no number. */
function tenthsBetween(start: number, end: number): number {
  return Math.min(Math.max(0, Math.round((end - start) * 10)), mostTenths) || 0;
}
