import { describe, isBytes } from "./bytes.ts";
import { EventStreamError } from "./errors.ts";
import type { ResponseLike } from "./response-source.ts";
import { isResponse, responseSource } from "./response-source.ts";

/** The part of a WHATWG `ReadableStream` that is used here. */
export interface ReadableStreamLike<Chunk> {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Chunk | undefined }>;
    cancel(reason?: unknown): Promise<unknown>;
    releaseLock(): void;
  };
}

/**
 * Where the bytes of a stream come from: a `Response` of `fetch`, a `ReadableStream`, a Node `Readable`, anything else
 * that can be iterated, at once or over time, in chunks cut anywhere; or all the bytes in one piece.
 */
export type StreamSource =
  | ResponseLike
  | ReadableStreamLike<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | Uint8Array;

type Read<Chunk> = { readonly done?: boolean | undefined; readonly value?: Chunk | undefined };

/** A source that is being read. `undefined` is no chunk: the end is `done`. */
export interface ChunkSource<Chunk> {
  read(): Read<Chunk> | Promise<Read<Chunk>>;
  /** Says that no more is wanted. Called at most once, and not after `read` has reported the end or failed. */
  cancel(reason: unknown): unknown;
}

/**
 * Looks at what kind of source this is, without touching it.
 *
 * @returns A function that begins to read it.
 */
export function sourceOpener(source: unknown, doing: string): () => ChunkSource<unknown> {
  if (isBytes(source)) return () => iteratorSource([source].values(), doing);
  // Other arrays of numbers can be iterated, too.
  if (typeof source === "object" && source !== null && !ArrayBuffer.isView(source)) {
    if (isResponse(source)) return () => responseSource(source, sourceOpener(source.body ?? [], doing), doing);
    if (has(source, "getReader")) return () => readerSource(source as ReadableStreamLike<unknown>, doing);
    if (has(source, Symbol.asyncIterator)) {
      if (has(source, "destroy")) return () => nodeSource(source as NodeReadable, doing);
      return () => iteratorSource((source as AsyncIterable<unknown>)[Symbol.asyncIterator](), doing);
    }
    if (has(source, Symbol.iterator)) {
      return () => iteratorSource((source as Iterable<unknown>)[Symbol.iterator](), doing);
    }
  }
  const expected = "a Response, a ReadableStream, a Node Readable or an iterable of chunks";
  throw new EventStreamError("invalid_argument", `${doing}: found ${describe(source)}, expected ${expected}`);
}

function has(value: object, method: string | symbol): boolean {
  return typeof (value as Record<string | symbol, unknown>)[method] === "function";
}

function readerSource(stream: ReadableStreamLike<unknown>, doing: string): ChunkSource<unknown> {
  let reader: ReturnType<ReadableStreamLike<unknown>["getReader"]>;
  try {
    reader = stream.getReader();
  } catch (cause) {
    const problem = `${doing}: found a stream that somebody else is reading, expected an unlocked one`;
    throw new EventStreamError("invalid_argument", problem, { cause });
  }
  return {
    async read() {
      const result = await reader.read();
      if (result.done) reader.releaseLock();
      return result;
    },
    cancel(reason) {
      // In this order: a reader without its lock could no longer cancel.
      const cancelled = reader.cancel(reason);
      reader.releaseLock();
      return cancelled;
    },
  };
}

interface NodeReadable extends AsyncIterable<unknown> {
  readonly readableEnded?: boolean;
  destroy(): unknown;
}

/**
 * A Node stream is destroyed rather than its iterator returned: that iterator is a generator, which returns only after
 * the chunk it waits for has come. It gets no error, for it would emit that to listeners that may not be there.
 */
function nodeSource(stream: NodeReadable, doing: string): ChunkSource<unknown> {
  // It would look like an empty one.
  if (stream.readableEnded) {
    const problem = `${doing}: found a stream that has been read to its end, expected a fresh one`;
    throw new EventStreamError("invalid_argument", problem);
  }
  const iterator = stream[Symbol.asyncIterator]();
  return { read: () => iterator.next(), cancel: () => void stream.destroy() };
}

function iteratorSource(iterator: Iterator<unknown> | AsyncIterator<unknown>, doing: string): ChunkSource<unknown> {
  if (typeof (iterator as Partial<Iterator<unknown>> | null | undefined)?.next !== "function") {
    const problem = `${doing}: found a source whose iterator is ${describe(iterator)}, expected one with next()`;
    throw new EventStreamError("invalid_argument", problem);
  }
  return { read: () => iterator.next(), cancel: () => iterator.return?.() };
}
