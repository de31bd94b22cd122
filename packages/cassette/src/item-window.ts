import type { Item } from "./cassette.ts";
import { freeMemory } from "./free-memory.ts";
import { channelOf, payloadOf } from "./item-channel.ts";

/**
 * A copy of what the last items carry, one after the other, in memory that is used again. V8 would let tens of megabytes pile up of
 * items that are held as long as this.
 */
export class ItemWindow {
  readonly #bytes: number;
  #memory = new Uint8Array();
  #count = 0;
  /**
   * Where each item ends, and its channel. No objects: there are very many. Both lists only grow, and have what is forgotten behind
   * what there is: to be filled again from empty, they would leave V8 30 KB for each megabyte that passes.
   */
  #ends: number[] = [];
  #channels: (string | undefined)[] = [];

  /** @param bytes of memory that are kept; more is had, with as much room behind it, only as long as an item needs it. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** How many bytes there are. Items without payload take memory, too. */
  get size(): number {
    return this.#used + itemCost * this.#count;
  }

  add(item: Item): void {
    const payload = payloadOf(item);
    const from = this.#used;
    const to = from + payload.length;
    if (to > this.#memory.length) this.#move(to > this.#bytes ? to + this.#bytes : Math.min(2 * to, this.#bytes));
    this.#memory.set(payload, from);
    const channel = channelOf(item);
    const last = this.#channels[this.#count - 1];
    this.#ends[this.#count] = to;
    // Equal ones are the same one: each would have memory of its own.
    this.#channels[this.#count] = channel === last ? last : channel;
    this.#count += 1;
  }

  /** Forgets the first items, so many that those that are left have this size at least. */
  forget(kept: number): void {
    let [count, left] = [0, this.size];
    for (; count < this.#count; count++) {
      left -= this.#ends[count]! - this.#startOf(count) + itemCost;
      if (left < kept) break;
    }
    const used = this.#used;
    const start = this.#startOf(count);
    this.#memory.copyWithin(0, start, used);
    this.#ends.copyWithin(0, count, this.#count);
    this.#channels.copyWithin(0, count, this.#count);
    this.#count -= count;
    for (let index = 0; index < this.#count; index++) this.#ends[index]! -= start;
    if (this.#memory.length > this.#bytes) this.#move(Math.max(this.#used, this.#bytes));
  }

  /** Forgets all, and gives the memory back. */
  clear(): void {
    this.#count = 0;
    this.#ends = [];
    this.#channels = [];
    this.#move(0);
  }

  /** All bytes, until an item is added or forgotten. */
  whole(): Uint8Array {
    return this.#memory.subarray(0, this.#used);
  }

  /** What each item carries, as long. */
  *payloads(): Generator<Uint8Array, void, undefined> {
    for (let index = 0; index < this.#count; index++) yield this.#payload(index);
  }

  /** The payloads of each type that have others in between, such as the records of S3 Select with its progress. */
  scattered(): Uint8Array[][] {
    const channels = new Map<string | undefined, { readonly items: number[]; scattered: boolean }>();
    let last: string | undefined;
    for (let index = 0; index < this.#count; index++) {
      const name = this.#channels[index];
      if (this.#startOf(index) === this.#ends[index]) continue;
      const channel = channels.get(name);
      if (channel) {
        channel.items.push(index);
        channel.scattered ||= name !== last;
      } else channels.set(name, { items: [index], scattered: false });
      last = name;
    }
    return [...channels.values()]
      .filter((channel) => channel.scattered)
      .map(({ items }) => items.map((index) => this.#payload(index)));
  }

  get #used(): number {
    return this.#startOf(this.#count);
  }

  #startOf(index: number): number {
    return this.#ends[index - 1] ?? 0;
  }

  #payload(index: number): Uint8Array {
    return this.#memory.subarray(this.#startOf(index), this.#ends[index]);
  }

  #move(bytes: number): void {
    const moved = new Uint8Array(bytes);
    moved.set(this.whole());
    freeMemory(this.#memory);
    this.#memory = moved;
  }
}

const itemCost = 64;
