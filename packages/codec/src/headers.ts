import type { HeaderValue } from "./types.ts";

/** Headers of one message in wire order. A read-only `Map`, so a header called `__proto__` is only a header. */
export class MessageHeaders implements ReadonlyMap<string, HeaderValue> {
  readonly #map: Map<string, HeaderValue>;

  /** Takes ownership of nothing: the entries are copied. Later duplicates would win, so decoders check first. */
  constructor(entries: Iterable<readonly [string, HeaderValue]> = []) {
    this.#map = new Map(entries);
  }

  get size(): number {
    return this.#map.size;
  }
  get(name: string): HeaderValue | undefined {
    return this.#map.get(name);
  }
  has(name: string): boolean {
    return this.#map.has(name);
  }
  keys(): MapIterator<string> {
    return this.#map.keys();
  }
  values(): MapIterator<HeaderValue> {
    return this.#map.values();
  }
  entries(): MapIterator<[string, HeaderValue]> {
    return this.#map.entries();
  }
  [Symbol.iterator](): MapIterator<[string, HeaderValue]> {
    return this.#map.entries();
  }
  forEach(
    callback: (value: HeaderValue, name: string, headers: ReadonlyMap<string, HeaderValue>) => void,
    thisArg?: unknown,
  ): void {
    for (const [name, value] of this.#map) callback.call(thisArg, value, name, this);
  }

  /** The value of a string header, or undefined when it is absent or of another type. */
  string(name: string): string | undefined {
    const header = this.#map.get(name);
    return header?.type === "string" ? header.value : undefined;
  }
}
