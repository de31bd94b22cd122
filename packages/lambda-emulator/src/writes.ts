import { isBytes } from "@eventstream-kit/service";
import { isPromise } from "./call-handler.ts";
import { neverChanges } from "./frames.ts";

const encoder = new TextEncoder();

/** What {@link chunks} makes: a stream like others, except that whoever runs it can have all of its writes at once. */
export class Chunks implements AsyncIterable<unknown> {
  readonly writes: readonly unknown[];
  /** The same, texts as bytes. Undefined when one of them has to be waited for. */
  readonly known: readonly unknown[] | undefined;

  constructor(writes: readonly unknown[]) {
    this.writes = writes;
    if (!writes.some((write) => isPromise(write))) this.known = writes.map(encodedOnce);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void> {
    yield* this.writes;
  }
}

/** Text never changes. Bytes may, and so may what is written as JSON. */
function encodedOnce(write: unknown): unknown {
  if (typeof write !== "string") return write;
  const bytes = encoder.encode(write);
  neverChanges(bytes);
  return bytes;
}

/**
 * A streaming response of the given writes, to return from a function or to be one:
 * `functions: { chat: chunks("Hel", "lo") }`. Text is written as UTF-8, bytes as they are, anything else as JSON.
 */
export function chunks(...writes: readonly unknown[]): AsyncIterable<unknown> {
  return new Chunks(writes);
}

/** True for a result that is written piece by piece: an async iterable, a ReadableStream, a generator. No array is. */
export function isStream(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Symbol.asyncIterator in value || isIterator(value);
}

/** True for a stream that can be read only once: a generator or a ReadableStream. */
export function isOneShot(value: unknown): boolean {
  return typeof value === "object" && value !== null && (isIterator(value) || value instanceof ReadableStream);
}

function isIterator(value: object): boolean {
  return (
    typeof (value as Partial<Iterator<unknown>>).next === "function" &&
    (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

/**
 * The bytes of one write, no copy of those that are bytes: they may change as soon as the producer goes on.
 *
 * @throws TypeError for a value that JSON cannot say, and for bytes whose memory is lost
 */
export function writeBytes(value: unknown): Uint8Array {
  if (typeof value === "string") return encoder.encode(value);
  if (isBytes(value)) {
    // Throws where the memory was transferred or cut off: it looks empty, and what was in it would be left out without a word.
    if (value.length === 0) value.at(0);
    return value;
  }
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (Object.prototype.toString.call(value) === "[object ArrayBuffer]") return new Uint8Array(value as ArrayBuffer);
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) {
    throw new TypeError(`Writing to the response: found ${typeof value}, expected text, bytes or a JSON value`);
  }
  return encoder.encode(json);
}
