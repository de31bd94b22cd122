import { encodeInto } from "@eventstream-kit/codec";
import type { Item } from "./cassette.ts";
import { freeMemory } from "./free-memory.ts";
import { itemLength } from "./item-line.ts";

/** Memory of up to so many bytes is kept for the next item. */
const mostKept = 1_048_576;

/**
 * The bytes of items as they were on the wire, of one after the other, in memory that is used again: to be gone when those of the
 * next item are asked for. `itemBytes` gives each memory of its own, of which V8 lets tens of megabytes pile up.
 */
export class WireBytes {
  #memory = new Uint8Array();

  of(item: Item): Uint8Array {
    if (item.kind === "raw") return item.bytes;
    const length = itemLength(item);
    this.#reserve(length);
    encodeInto(item.message, this.#memory, 0, { limits: "wire" });
    return this.#memory.subarray(0, length);
  }

  #reserve(length: number): void {
    const { length: room } = this.#memory;
    if (length <= room && (room <= mostKept || length > mostKept)) return;
    freeMemory(this.#memory);
    this.#memory = new Uint8Array(Math.max(length, Math.min(2 * length, mostKept)));
  }
}
