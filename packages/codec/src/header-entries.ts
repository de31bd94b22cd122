import { describe } from "./bytes.ts";
import { isIterable } from "./check-object.ts";
import { EventStreamError } from "./errors.ts";
import { toHeaderValue } from "./header-values.ts";
import type { HeaderInput, HeadersInput, HeaderValue } from "./types.ts";

/**
 * The headers in whatever form a caller gave them, in order, as checked values under unique names. Each value is read
 * once, and nothing of the input is changed.
 *
 * @throws {EventStreamError} `encode_type`, `encode_range` or `encode_duplicate`
 */
export function headerEntries(input: HeadersInput): Map<string, HeaderValue> {
  const entries = new Map<string, HeaderValue>();
  for (const entry of entriesOf(input)) {
    const [name, value] = checkedEntry(entry);
    if (entries.has(name)) throw duplicate(name);
    entries.set(name, toHeaderValue(value, undefined, name));
  }
  return entries;
}

/** An entry of the caller's, whatever it may be, as a pair with a name. */
export function checkedEntry(entry: unknown): readonly [string, HeaderInput] {
  if (Array.isArray(entry) && typeof entry[0] === "string") return entry as unknown as readonly [string, HeaderInput];
  const problem = `Encoding headers: found ${describe(entry)}, expected pairs of a name and a value`;
  throw new EventStreamError("encode_type", problem);
}

export function duplicate(name: string): EventStreamError {
  const problem = `Encoding headers: found ${JSON.stringify(name)} twice, expected each name once`;
  return new EventStreamError("encode_duplicate", problem, { header: name });
}

/** In order. Those of an object have names that are all different. */
export function entriesOf(input: HeadersInput): Iterable<readonly [string, HeaderInput]> {
  const object = recordOf(input);
  return object ? Object.entries(object) : (input as Iterable<readonly [string, HeaderInput]>);
}

/** The headers, if they are given as a plain object: what cannot be iterated. */
export function recordOf(input: HeadersInput): Readonly<Record<string, HeaderInput>> | undefined {
  if (typeof input !== "object" || input === null) {
    const expected = "MessageHeaders, a Map, pairs or an object";
    throw new EventStreamError("encode_type", `Encoding headers: found ${describe(input)}, expected ${expected}`);
  }
  return isIterable(input) ? undefined : input;
}
