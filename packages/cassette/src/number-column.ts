/** Numbers that are looked up by their place, in a list or a {@link NumberColumn}. */
export type Numbers = Pick<readonly number[], "at" | "length">;

/** 8 KiB each. */
const perBlock = 1024;

/**
 * A list of numbers that only grows, in 8 bytes each: there can be hundreds of thousands, and V8 keeps the memory that an array has grown
 * out of for long.
 */
export class NumberColumn implements Numbers {
  readonly #blocks: Float64Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    const place = this.#length % perBlock;
    if (place === 0) this.#blocks.push(new Float64Array(perBlock));
    this.#blocks.at(-1)![place] = number;
    this.#length += 1;
  }

  /** As `at` of an array: from -1 down, from the end. */
  at(index: number): number | undefined {
    const place = index < 0 ? this.#length + index : index;
    if (place < 0 || place >= this.#length) return undefined;
    return this.#blocks[Math.floor(place / perBlock)]![place % perBlock];
  }
}
