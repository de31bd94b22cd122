import type { ChunkTime } from "./cassette.ts";

/** Bytes of the first block and of the largest: most bodies have few chunks. */
const [leastBlock, mostBlock] = [64, 65_536];

/**
 * The chunks of a body in about 4 bytes each: there can be hundreds of thousands, and as objects they would take 80 and more.
 *
 *     chunk     [twice the tenths of a millisecond, and 1 if paused][items since the chunk before it][extra]
 *     number    7 bits a byte, the low ones first; the high bit says that more follow
 */
export class ChunkLog implements Iterable<ChunkTime> {
  readonly #blocks: Uint8Array[] = [];
  /** Bytes of the last block that are written. */
  #used = 0;
  /** How many numbers there are. */
  #count = 0;
  /** That of the chunk added last. */
  #item = 0;

  static of(chunks: Iterable<ChunkTime>): ChunkLog {
    const log = new ChunkLog();
    for (const chunk of chunks) log.add(chunk);
    return log;
  }

  /** @param chunk what comes after those before it: its `item` is not smaller than theirs. Of its `dt`, one decimal is kept. */
  add({ dt, item, extra, paused }: ChunkTime): void {
    this.#number(2 * Math.round(dt * 10) + (paused ? 1 : 0));
    this.#number(item - this.#item);
    this.#number(extra);
    this.#item = item;
  }

  *[Symbol.iterator](): Generator<ChunkTime, void, undefined> {
    const numbers = new Reader(this.#blocks, this.#count);
    for (let item = 0; numbers.left > 0;) {
      const time = numbers.next();
      const paused = time % 2 === 1;
      item += numbers.next();
      yield { dt: (time - (paused ? 1 : 0)) / 20, item, extra: numbers.next(), ...(paused ? { paused } : {}) };
    }
  }

  #number(number: number): void {
    this.#count += 1;
    // What is no time any more would never end.
    let rest = Math.min(number, Number.MAX_SAFE_INTEGER);
    // No shifts: they would cut it to 32 bits.
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#byte(0x80 + (rest % 0x80));
    this.#byte(rest);
  }

  #byte(byte: number): void {
    let block = this.#blocks.at(-1);
    if (!block || this.#used === block.length) {
      block = new Uint8Array(block ? Math.min(2 * block.length, mostBlock) : leastBlock);
      this.#blocks.push(block);
      this.#used = 0;
    }
    block[this.#used] = byte;
    this.#used += 1;
  }
}

class Reader {
  readonly #blocks: readonly Uint8Array[];
  #block = 0;
  #at = 0;
  /** How many numbers are still to be read. */
  left: number;

  constructor(blocks: readonly Uint8Array[], numbers: number) {
    this.#blocks = blocks;
    this.left = numbers;
  }

  next(): number {
    this.left -= 1;
    let number = 0;
    for (let scale = 1; ; scale *= 0x80) {
      if (this.#at === this.#blocks[this.#block]!.length) {
        this.#block += 1;
        this.#at = 0;
      }
      const byte = this.#blocks[this.#block]![this.#at++]!;
      number += (byte % 0x80) * scale;
      if (byte < 0x80) return number;
    }
  }
}
