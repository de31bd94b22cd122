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
  /** Where each item ends, and its channel. No objects: there are very many. */
  #ends: number[] = [];
  #channels: (string | undefined)[] = [];

  /** @param bytes of memory that are kept; more is had, with as much room behind it, only as long as an item needs it. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** How many bytes there are. Items without payload take memory, too. */
  get size(): number {
    return this.#used + itemCost * this.#ends.length;
  }

  add(item: Item): void {
    const payload = payloadOf(item);
    const from = this.#used;
    const to = from + payload.length;
    if (to > this.#memory.length) this.#move(to > this.#bytes ? to + this.#bytes : Math.min(2 * to, this.#bytes));
    this.#memory.set(payload, from);
    const channel = channelOf(item);
    const last = this.#channels.at(-1);
    this.#ends.push(to);
    // Equal ones are the same one: each would have memory of its own.
    this.#channels.push(channel === last ? last : channel);
  }

  /** Forgets the first items, so many that those that are left have this size at least. */
  forget(kept: number): void {
    let [count, left] = [0, this.size];
    for (; count < this.#ends.length; count++) {
      left -= this.#ends[count]! - this.#startOf(count) + itemCost;
      if (left < kept) break;
    }
    const used = this.#used;
    const start = this.#startOf(count);
    this.#memory.copyWithin(0, start, used);
    this.#ends = this.#ends.slice(count).map((end) => end - start);
    this.#channels = this.#channels.slice(count);
    if (this.#memory.length > this.#bytes) this.#move(Math.max(this.#used, this.#bytes));
  }

  /** Forgets all, and gives the memory back. */
  clear(): void {
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
    for (const index of this.#ends.keys()) yield this.#payload(index);
  }

  /** The payloads of each type that have others in between, such as the records of S3 Select with its progress. */
  scattered(): Uint8Array[][] {
    const channels = new Map<string | undefined, { readonly items: number[]; scattered: boolean }>();
    let last: string | undefined;
    for (const [index, name] of this.#channels.entries()) {
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
    return this.#ends.at(-1) ?? 0;
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
