import { plainBytes, viewOf } from "./bytes.ts";
import { crc32Range } from "./crc32-range.ts";
import type { EventStreamError } from "./errors.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import type { Frame, Origin, Prelude } from "./frame.ts";
import { frameFault, hex32, preludeBytes, trailerBytes } from "./frame.ts";
import type { SizeLimits } from "./limits.ts";
import { readPrelude } from "./prelude.ts";

/**
 * Turns chunks into frames with right lengths and checksums, and each frame into whatever `read` makes of it. What
 * `MessageDecoder` and `FrameSplitter` have in common.
 *
 * A frame that lies whole in a chunk is read in place; only one that spans chunks is collected in a buffer. So each
 * byte is copied a bounded number of times however the input is cut, and no chunk is needed after `push`.
 */
export class FrameAssembler<T> {
  readonly #limits: SizeLimits;
  readonly #read: (frame: Frame, origin: Origin) => T;
  /** Where the frame that is being received begins. */
  #origin: Origin = { offset: 0, messageIndex: 0 };
  /** That frame, when a chunk ended inside it. */
  #partial: FrameBuffer | undefined;
  /** How many bytes of the current chunk are in frames already read or in `#partial`. */
  #taken = 0;
  #finished = false;
  #failure: EventStreamError | undefined;

  constructor(limits: SizeLimits, read: (frame: Frame, origin: Origin) => T) {
    this.#limits = limits;
    this.#read = read;
  }

  /** The error that ended this stream. */
  get failure(): EventStreamError | undefined {
    return this.#failure;
  }

  push(chunk: Uint8Array): Iterable<T> {
    if (this.#failure) throw this.#failure;
    const bytes = plainBytes(chunk, "Decoding a stream");
    const items: T[] = [];
    this.#taken = 0;
    try {
      if (this.#finished) {
        throw frameFault("trailing_bytes", this.#origin, 0, "bytes were pushed after finish(), expected reset() first");
      }
      this.#consume(bytes, items);
    } catch (error) {
      this.#failure = error as EventStreamError;
      return itemsThenError(items, error);
    }
    return items;
  }

  finish(): void {
    if (this.#failure) throw this.#failure;
    this.#finished = true;
    const received = this.#partial?.length;
    if (received === undefined) return;
    const expected = this.#partial?.prelude?.totalBytes ?? preludeBytes;
    const what = expected === preludeBytes ? "the prelude" : "the message";
    const problem = `the stream ended inside ${what}, found ${received} bytes, expected ${expected}`;
    this.#failure = frameFault("truncated", this.#origin, received, problem, { expected, received });
    throw this.#failure;
  }

  reset(): void {
    this.#origin = { offset: 0, messageIndex: 0 };
    this.#partial = undefined;
    this.#finished = false;
    this.#failure = undefined;
  }

  /** A copy of the bytes that are in no frame read: what is held, then what the failed `push` left of its chunk. */
  unread(chunk?: Uint8Array): Uint8Array<ArrayBuffer> {
    const held = this.#partial?.copy() ?? new Uint8Array();
    if (chunk === undefined) return held;
    const joined = new Uint8Array(held.length + chunk.length - this.#taken);
    joined.set(held);
    joined.set(chunk.subarray(this.#taken), held.length);
    return joined;
  }

  /** Lets go of held bytes. */
  release(): void {
    this.#partial = undefined;
  }

  #consume(chunk: Uint8Array<ArrayBuffer>, items: T[]): void {
    if (this.#partial) {
      this.#continue(this.#partial, chunk, items);
      if (this.#partial) return;
    }
    const view = viewOf(chunk);
    while (chunk.length - this.#taken >= preludeBytes) {
      const prelude = readPrelude(view, this.#taken, this.#limits, this.#origin);
      if (chunk.length - this.#taken < prelude.totalBytes) {
        this.#hold(chunk, prelude);
        return;
      }
      items.push(this.#complete({ ...prelude, bytes: chunk, view, start: this.#taken, owned: false }));
      this.#taken += prelude.totalBytes;
    }
    if (chunk.length > this.#taken) this.#hold(chunk);
  }

  /** Begins a frame that the chunk holds the first part of. */
  #hold(chunk: Uint8Array, prelude?: Prelude): void {
    this.#partial = new FrameBuffer(this.#origin);
    this.#partial.prelude = prelude;
    this.#taken += this.#partial.append(chunk, this.#taken, prelude?.totalBytes ?? preludeBytes);
  }

  /** Adds to the frame that earlier chunks began, and reads it if that completes it. */
  #continue(partial: FrameBuffer, chunk: Uint8Array, items: T[]): void {
    if (!partial.prelude) {
      this.#taken += partial.append(chunk, this.#taken, preludeBytes);
      if (partial.length < preludeBytes) return;
      partial.prelude = readPrelude(partial.viewOfPrelude(), 0, this.#limits, this.#origin);
    }
    const { totalBytes } = partial.prelude;
    this.#taken += partial.append(chunk, this.#taken, totalBytes);
    if (partial.length < totalBytes) return;
    const { bytes } = partial;
    items.push(this.#complete({ ...partial.prelude, bytes, view: viewOf(bytes), start: 0, owned: true }));
    this.#partial = undefined;
  }

  #complete(frame: Frame): T {
    checkMessageCrc(frame, this.#origin);
    const item = this.#read(frame, this.#origin);
    this.#origin = {
      offset: this.#origin.offset + frame.totalBytes,
      messageIndex: this.#origin.messageIndex + 1,
    };
    return item;
  }
}

/** Compares the last four bytes of a frame with the CRC-32 of everything before them. */
export function checkMessageCrc({ view, start, totalBytes, crc }: Frame, origin: Origin): void {
  const end = totalBytes - trailerBytes;
  const stored = view.getUint32(start + end);
  // Bytes 0 to 7 are in the prelude CRC already, so the sum goes on from there: no byte is hashed twice.
  const computed = crc32Range(view, start + 8, start + end, crc);
  if (computed === stored) return;
  const problem = `the message CRC is ${hex32(stored)}, expected ${hex32(computed)}`;
  throw frameFault("message_crc", origin, end, problem, { expected: computed, received: stored });
}

/** What came before a fault is good and is handed out first. */
function itemsThenError<T>(items: readonly T[], error: unknown): Iterable<T> {
  return {
    *[Symbol.iterator]() {
      yield* items;
      throw error;
    },
  };
}
