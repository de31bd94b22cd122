import type { Parts } from "@eventstream-kit/service";
import { freeMemory } from "./free-memory.ts";

/**
 * So many bytes are given before a transport is asked to say when it has sent them. To wait for each chunk of 16 KiB took a tenth more
 * processor time; every 32 KiB, it cut in two what comes and leaves together, which is up to 64 KiB.
 */
const mostKept = 128 * 1024;
/**
 * Smaller chunks are left to V8. To give back those of 1 KiB costs as much processor time as it saves, but V8 lets 17 MB of them pile up, and
 * keeps those when a stream has ended.
 */
const leastKept = 512;

/**
 * The chunks that a transport has borrowed, see `LendingSteps`: their memory is given back as soon as the client has them.
 *
 * Most are given as bytes, for which a transport does not wait: they may leave together. What it waits for is parts; when those
 * are sent, so is everything before them.
 */
export class BorrowedChunks {
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #inParts = false;

  /** The step that the chunk is given as. */
  give(chunk: Uint8Array): Uint8Array | Parts {
    if (chunk.length < leastKept) return chunk;
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    this.#inParts = this.#keptBytes >= mostKept;
    return this.#inParts ? [chunk] : chunk;
  }

  /** The transport has asked for the step after the last one given. */
  askedForMore(): void {
    if (!this.#inParts) return;
    for (const chunk of this.#kept) freeMemory(chunk);
    this.#kept = [];
    this.#keptBytes = 0;
    this.#inParts = false;
  }
}
