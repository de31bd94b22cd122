import { isBytes, plainBytes, viewOf } from "./bytes.ts";
import type { EventStreamError } from "./errors.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { Frame, frameFault, preludeBytes } from "./frame.ts";
import type { SizeLimits } from "./limits.ts";
import { readPrelude } from "./prelude.ts";

const noBytes = /* @__PURE__ */ new Uint8Array();
const noView = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer());

/**
 * Turns chunks into frames with a right prelude, and each complete frame into whatever `read` makes of it. What
 * `MessageDecoder` and `FrameSplitter` have in common.
 *
 * A frame that lies whole in a chunk is read in place; only one that spans chunks is collected in a buffer. So each
 * byte is copied a bounded number of times however the input is cut, and no chunk is needed after `push`.
 */
export class FrameAssembler<T> {
  readonly #limits: SizeLimits;
  readonly #read: (frame: Frame) => T;
  /** The one that is being received, or will be next. */
  readonly #frame = new Frame(noBytes, noView);
  /** What earlier chunks had of it. */
  readonly #buffer: FrameBuffer;
  /** How many bytes of the current chunk are in frames already read or in the buffer, for when it has a fault. */
  #taken = 0;
  #finished = false;
  #failure: EventStreamError | undefined;

  /**
   * @param read Has to check the message CRC.
   * @param splits Whether it wants payloads of large frames that span chunks apart, as `frame.body`.
   */
  constructor(limits: SizeLimits, read: (frame: Frame) => T, splits: boolean) {
    this.#limits = limits;
    this.#read = read;
    this.#buffer = new FrameBuffer(this.#frame, splits);
  }

  /** The error that ended this stream. */
  get failure(): EventStreamError | undefined {
    return this.#failure;
  }

  push(chunk: Uint8Array): Iterable<T> {
    if (this.#failure) throw this.#failure;
    const { length, missing } = this.#buffer;
    return length > 0 && isBytes(chunk) && chunk.length < missing
      ? this.#hold(chunk)
      : this.#decode(plainBytes(chunk, "Decoding a stream"));
  }

  /** Takes a chunk that completes nothing. With no view made of it, one byte takes 20 ns instead of 150. */
  #hold(chunk: Uint8Array): Iterable<T> {
    this.#taken = 0;
    try {
      this.#buffer.append(chunk, 0);
    } catch (error) {
      return this.#fail([], error);
    }
    // A new one: iterating one that is shared, and frozen for that, takes 10 ns more.
    return [];
  }

  #decode(chunk: Uint8Array<ArrayBuffer>): Iterable<T> {
    const frame = this.#frame;
    const items: T[] = [];
    this.#taken = 0;
    try {
      if (this.#finished) {
        throw frameFault("trailing_bytes", frame, 0, "bytes were pushed after finish(), expected reset() first");
      }
      if (this.#buffer.length > 0) this.#continue(chunk, items);
      this.#consume(chunk, items);
    } catch (error) {
      return this.#fail(items, error);
    } finally {
      // Or the chunk would be kept until the next one.
      frame.bytes = noBytes;
      frame.view = noView;
      frame.body = undefined;
    }
    return items;
  }

  /** What came before a fault is good and is handed out first. */
  #fail(items: readonly T[], error: unknown): Iterable<T> {
    this.#failure = error as EventStreamError;
    return {
      *[Symbol.iterator]() {
        yield* items;
        throw error;
      },
    };
  }

  finish(): void {
    if (this.#failure) throw this.#failure;
    this.#finished = true;
    const { length: received, begun } = this.#buffer;
    if (received === 0) return;
    const expected = begun ? this.#frame.totalBytes : preludeBytes;
    const what = begun ? "the message" : "the prelude";
    const problem = `the stream ended inside ${what}, found ${received} bytes, expected ${expected}`;
    this.#failure = frameFault("truncated", this.#frame, received, problem, { expected, received });
    throw this.#failure;
  }

  reset(): void {
    this.#frame.offset = 0;
    this.#frame.messageIndex = 0;
    this.#buffer.clear();
    this.#finished = false;
    this.#failure = undefined;
  }

  /** A copy of the bytes that are in no frame read: what is held, then what the failed `push` left of its chunk. */
  unread(chunk?: Uint8Array): Uint8Array<ArrayBuffer> {
    const held = this.#buffer.copy();
    if (chunk === undefined) return held;
    const joined = new Uint8Array(held.length + chunk.length - this.#taken);
    joined.set(held);
    joined.set(chunk.subarray(this.#taken), held.length);
    return joined;
  }

  /** Lets go of held bytes. */
  release(): void {
    this.#buffer.clear();
  }

  /** Reads the frames that are in the chunk from where it has been taken to, and keeps the beginning of the last one. */
  #consume(chunk: Uint8Array<ArrayBuffer>, items: T[]): void {
    const frame = this.#frame;
    const { length } = chunk;
    if (length - this.#taken >= preludeBytes) {
      frame.bytes = chunk;
      frame.view = viewOf(chunk);
      frame.body = undefined;
      frame.memory = "caller";
      do {
        frame.start = this.#taken;
        readPrelude(frame, this.#limits);
        if (length - this.#taken < frame.totalBytes) {
          this.#buffer.begin();
          break;
        }
        items.push(this.#read(frame));
        frame.advance();
        this.#taken += frame.totalBytes;
      } while (length - this.#taken >= preludeBytes);
    }
    if (this.#taken < length) this.#buffer.append(chunk, this.#taken);
  }

  /** Adds to the frame that earlier chunks began at least what was missing, and reads it if that completes it. */
  #continue(chunk: Uint8Array, items: T[]): void {
    const frame = this.#frame;
    const buffer = this.#buffer;
    this.#taken = buffer.append(chunk, 0);
    if (!buffer.begun) {
      buffer.show();
      readPrelude(frame, this.#limits);
      buffer.begin();
      this.#taken += buffer.append(chunk, this.#taken);
    }
    if (buffer.missing > 0) return;
    buffer.show();
    items.push(this.#read(frame));
    frame.advance();
    buffer.clear();
  }
}
