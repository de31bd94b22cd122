import { viewOf } from "./bytes.ts";
import type { Origin, Prelude } from "./frame.ts";
import { frameFault, preludeBytes } from "./frame.ts";

/** A prelude claims a length, but a checksum is no proof of honesty: more than this is only allocated as bytes come. */
const trustedBytes = 1024 * 1024;

/** Collects the bytes of a frame that spans chunks. */
export class FrameBuffer {
  #bytes = new Uint8Array(preludeBytes);
  #length = 0;
  #origin: Origin;
  /** What the first twelve bytes said, once they are here. */
  prelude: Prelude | undefined;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  /** How many bytes are here. */
  get length(): number {
    return this.#length;
  }

  /** The memory behind; exactly as long as the frame when the frame is complete. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** A copy of the bytes that are here. */
  copy(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** Takes bytes of the chunk from `from` on until `goal` bytes are here. Returns how many it took. */
  append(chunk: Uint8Array, from: number, goal: number): number {
    const count = Math.min(goal - this.#length, chunk.length - from);
    this.#reserve(this.#length + count, goal);
    this.#bytes.set(from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count), this.#length);
    this.#length += count;
    return count;
  }

  viewOfPrelude(): DataView {
    return viewOf(this.#bytes.subarray(0, preludeBytes));
  }

  /**
   * Makes room for `needed` bytes of a frame of `goal`. The capacity is `goal` halved until it is within what may be
   * trusted, then doubled as bytes arrive. So it ends exactly at `goal`, no more than twice what has arrived is ever
   * allocated beyond the first mebibyte, and all the moving together costs less than one copy of the frame.
   */
  #reserve(needed: number, goal: number): void {
    if (needed <= this.#bytes.length) return;
    let capacity = goal;
    while (capacity > trustedBytes && Math.ceil(capacity / 2) >= needed) capacity = Math.ceil(capacity / 2);
    let larger: Uint8Array<ArrayBuffer>;
    try {
      larger = new Uint8Array(capacity);
    } catch (cause) {
      // Only without a cap on the message size: the platform has less to give than the format can ask for.
      const problem = `no memory for ${capacity} bytes of a message of ${goal}`;
      throw frameFault("too_large", this.#origin, 0, problem, { received: goal, limit: "message", cause });
    }
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
