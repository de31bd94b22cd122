import type { ChunkTime, Item, Timing } from "./cassette.ts";
import { runningSum } from "./body-map.ts";
import { itemLength } from "./item-line.ts";

interface Arrival {
  /** Tenths of a millisecond since the chunk before it. */
  readonly tenths: number;
  /** Where the chunk ends in the body. */
  readonly position: number;
  readonly paused: boolean;
}

/** Notes when chunks arrive, in tenths of a millisecond whose rounding never adds up to a drift. */
export class ChunkClock {
  readonly #now: () => number;
  readonly #started: number;
  #head: number | undefined;
  /** The tenths given to chunks so far: each is rounded together with what rounding took from those before. */
  #given = 0;
  #position = 0;
  readonly #arrivals: Arrival[] = [];

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
    const tenths = Math.max(0, Math.round((this.#now() - this.#head!) * 10) - this.#given);
    this.#given += tenths;
    this.#arrivals.push({ tenths, position: this.#position, paused });
  }

  /** The chunks relative to the items, which the same bytes have made. */
  timing(items: readonly Item[]): Timing {
    const ends = runningSum(items.map(itemLength));
    let item = 0;
    const chunks = this.#arrivals.map(({ tenths, position, paused }): ChunkTime => {
      while (item < ends.length && ends[item]! <= position) item += 1;
      const extra = position - (ends[item - 1] ?? 0);
      return { dt: tenths / 10, item, extra, ...(paused ? { paused } : {}) };
    });
    return { unit: "ms", res: Math.max(0, Math.round((this.#head! - this.#started) * 10)) / 10, chunks };
  }
}
