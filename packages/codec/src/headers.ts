import type { WrittenHeaders } from "./frame-writer.ts";
import type { HeaderValue } from "./types.ts";

/** Whether these are the headers themselves. A `Proxy` of them is not, though it is an instance of the class. */
export let isOriginal: (headers: MessageHeaders) => boolean;
/** The bytes of headers that were written before, when they are remembered. */
export let recallWritten: (headers: MessageHeaders) => WrittenHeaders | undefined;
/** Remembers the bytes of headers from the second time on, unless there are bytes in them, which can be changed. */
export let rememberWritten: (headers: MessageHeaders, make: () => WrittenHeaders | undefined) => void;

/**
 * The headers of one message: a read-only map in wire order.
 *
 * Being a map and no plain object, it takes a header called `__proto__` as a header, and keeps `"2"` before `"1"` when
 * they came so.
 */
export class MessageHeaders implements ReadonlyMap<string, HeaderValue> {
  /** The bytes of these headers, or how often they were made. */
  #written: WrittenHeaders | number = 0;

  static {
    isOriginal = (headers) => #written in headers;
    recallWritten = (headers) => (typeof headers.#written === "object" ? headers.#written : undefined);
    rememberWritten = (headers, make) => {
      if (typeof headers.#written === "object") return;
      headers.#written += 1;
      if (headers.#written < 2) return;
      const values = [...headers.map.values()];
      if (values.some(({ type }) => type === "binary")) return;
      for (const value of values) Object.freeze(value);
      headers.#written = make() ?? Number.NEGATIVE_INFINITY;
    };
  }

  // Private to the compiler only: what prints or compares objects, such as `assert.deepStrictEqual`, sees no `#field`
  // and would find any two of these equal.
  private readonly map: ReadonlyMap<string, HeaderValue>;

  /** @param map Checked values, given away. */
  constructor(map: ReadonlyMap<string, HeaderValue> = new Map()) {
    this.map = map;
  }

  /** Number of headers. */
  get size(): number {
    return this.map.size;
  }

  /** The typed value of a header; names are case-sensitive. */
  get(name: string): HeaderValue | undefined {
    return this.map.get(name);
  }

  has(name: string): boolean {
    return this.map.has(name);
  }

  keys(): MapIterator<string> {
    return this.map.keys();
  }

  values(): MapIterator<HeaderValue> {
    return this.map.values();
  }

  entries(): MapIterator<[string, HeaderValue]> {
    return this.map.entries();
  }

  [Symbol.iterator](): MapIterator<[string, HeaderValue]> {
    return this.map.entries();
  }

  forEach(
    callback: (value: HeaderValue, name: string, headers: ReadonlyMap<string, HeaderValue>) => void,
    thisArg?: unknown,
  ): void {
    for (const [name, value] of this.map) callback.call(thisArg, value, name, this);
  }

  /** The text of a string header, or undefined when it is absent or of another type. */
  string(name: string): string | undefined {
    const header = this.map.get(name);
    return header?.type === "string" ? header.value : undefined;
  }
}
