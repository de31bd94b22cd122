import { freeMemory } from "./free-memory.ts";
import type { UpstreamChunk } from "./upstream-chunks.ts";

/** Whose chunk it is, when it came, its length, and 1 when the connection had been paused, else 0. */
const numbersOfChunk = 4;
const factsBytes = numbersOfChunk * Float64Array.BYTES_PER_ELEMENT;

/** The size of the smallest block that has room for a chunk of so many bytes. */
export function blockSizeFor(length: number): number {
  return aligned(length) + factsBytes;
}

/**
 * Chunks on their way from one thread to another, in one piece of memory that is moved: they are many, and an array of numbers for
 * each, which is cloned, cost as much as all that is done with it.
 *
 *     [bytes of the first][bytes of the second] ...  free  ... [facts of the second][facts of the first]
 */
export class ChunkBlock {
  readonly buffer: ArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #numbers: Float64Array;
  #used = 0;
  #chunks = 0;

  /** @param buffer of a length that is a multiple of 8. */
  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#numbers = new Float64Array(buffer);
  }

  /** Bytes that are taken. */
  get size(): number {
    return this.#used + this.#chunks * factsBytes;
  }

  hasRoom(length: number): boolean {
    return this.size + length + factsBytes <= this.#bytes.length;
  }

  add(id: number, { bytes, at, paused }: UpstreamChunk): void {
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#chunks += 1;
    const facts = this.#numbers.length - this.#chunks * numbersOfChunk;
    this.#numbers[facts] = id;
    this.#numbers[facts + 1] = at;
    this.#numbers[facts + 2] = bytes.length;
    this.#numbers[facts + 3] = paused ? 1 : 0;
  }

  clear(): void {
    this.#used = 0;
    this.#chunks = 0;
  }

  /** Memory with the same chunks, and no more than them. */
  shrunk(): ArrayBuffer {
    const facts = this.#chunks * factsBytes;
    const shrunk = new Uint8Array(aligned(this.#used) + facts);
    shrunk.set(this.#bytes.subarray(0, this.#used));
    shrunk.set(this.#bytes.subarray(this.#bytes.length - facts), shrunk.length - facts);
    return shrunk.buffer;
  }
}

/** Chunks of one call, one after the other, in memory of a block. */
export interface ChunkRun {
  readonly id: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Those of the last chunk come first. */
  readonly facts: Uint8Array;
}

/** Reads the chunks of a block, in their order. */
export class ChunkBlockReader {
  readonly #bytes: Uint8Array;
  readonly #numbers: Float64Array;
  #used = 0;
  /** Index of the facts that were read last. */
  #facts: number;

  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
    this.#numbers = new Float64Array(buffer);
    this.#facts = this.#numbers.length;
  }

  /** The next chunks, as far as they are of one call: `most` at most. */
  next(most: number): ChunkRun {
    const [from, end] = [this.#used, this.#facts];
    const id = this.#numbers[end - numbersOfChunk]!;
    let count = 0;
    for (; count < most && this.#numbers[this.#facts - numbersOfChunk] === id; count++) {
      this.#facts -= numbersOfChunk;
      this.#used += this.#numbers[this.#facts + 2]!;
    }
    const size = Float64Array.BYTES_PER_ELEMENT;
    return {
      id,
      count,
      bytes: this.#bytes.subarray(from, this.#used),
      facts: this.#bytes.subarray(this.#facts * size, end * size),
    };
  }
}

/** The chunks of a run. Of fewer bytes than there were, only so many. */
export function* chunksOf({ bytes, facts }: Pick<ChunkRun, "bytes" | "facts">): Generator<UpstreamChunk> {
  // Memory of its own is aligned.
  const copy = Uint8Array.from(facts);
  const numbers = new Float64Array(copy.buffer);
  let from = 0;
  for (let index = numbers.length - numbersOfChunk; from < bytes.length; index -= numbersOfChunk) {
    const chunk = bytes.subarray(from, (from += numbers[index + 2]!));
    if (chunk.length > 0) yield { bytes: chunk, at: numbers[index + 1]!, paused: numbers[index + 3] === 1 };
  }
  // It has lived too long for V8 to find it soon: of 195,000 chunks, 6 MB.
  freeMemory(copy);
}

/** The numbers are at multiples of their size. */
function aligned(length: number): number {
  return Math.ceil(length / Float64Array.BYTES_PER_ELEMENT) * Float64Array.BYTES_PER_ELEMENT;
}
