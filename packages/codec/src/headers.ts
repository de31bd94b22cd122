import { EventStreamError } from "./errors.ts";
import type { HeaderValue } from "./types.ts";

/** Headers around a map that the decoder made, knows to have unique names, and gives away. */
export let adoptHeaders: (map: ReadonlyMap<string, HeaderValue>) => MessageHeaders;

/**
 * The headers of one message: a read-only map in wire order.
 *
 * Being a map and no plain object, it takes a header called `__proto__` as a header, and keeps `"2"` before `"1"` when
 * they came so.
 */
export class MessageHeaders implements ReadonlyMap<string, HeaderValue> {
  #map: ReadonlyMap<string, HeaderValue>;

  static {
    adoptHeaders = (map) => {
      const headers = new MessageHeaders();
      headers.#map = map;
      return headers;
    };
  }

  /**
   * @param entries Name and value of each header. They are copied.
   * @throws {EventStreamError} `encode_duplicate` when a name occurs twice.
   */
  constructor(entries: Iterable<readonly [string, HeaderValue]> = []) {
    const map = new Map<string, HeaderValue>();
    for (const [name, value] of entries) {
      if (map.has(name)) {
        const problem = `Making message headers: there are two headers ${JSON.stringify(name)}, expected unique names`;
        throw new EventStreamError("encode_duplicate", problem, { header: name });
      }
      map.set(name, value);
    }
    this.#map = map;
  }

  /** Number of headers. */
  get size(): number {
    return this.#map.size;
  }

  /** The typed value of a header; names are case-sensitive. */
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

  /** The text of a string header, or undefined when it is absent or of another type. */
  string(name: string): string | undefined {
    const header = this.#map.get(name);
    return header?.type === "string" ? header.value : undefined;
  }
}
