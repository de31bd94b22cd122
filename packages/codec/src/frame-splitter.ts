import type { ReceiveOptions } from "./decode-options.ts";
import { receiveLimits } from "./decode-options.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import type { Frame } from "./frame.ts";
import { checkMessageCrc } from "./message-crc.ts";

/**
 * Splits a stream into whole messages without reading their headers, for recorders and tools: lengths and both
 * checksums are checked, nothing else. A frame that `decodeMessage` then refuses does not disturb the frames after it.
 *
 * After a fault, or at the end of an input cut short, `remainder()` gives the bytes that are in no frame, so that
 *
 *     all frames handed out + remainder() + every chunk pushed in vain = all chunks
 *
 * where "pushed in vain" are chunks given to a `push` that threw: it takes nothing from them.
 */
export class FrameSplitter {
  readonly #frames: FrameAssembler<Uint8Array<ArrayBuffer>>;
  #rest: Uint8Array<ArrayBuffer> | undefined;

  /** @throws {EventStreamError} `invalid_argument` for an option that is none. */
  constructor(options: ReceiveOptions = {}) {
    this.#frames = new FrameAssembler(receiveLimits(options), checkedBytes, false);
  }

  /**
   * Takes the next bytes, which may be overwritten afterwards.
   *
   * @returns The frames that these bytes complete, each in memory of its own. When the bytes hold a fault, iterating
   *   gives the frames before it and then throws its error; the splitter has failed even if nobody iterates.
   * @throws {EventStreamError} The stored error after a fault; `invalid_argument` for a chunk that is no `Uint8Array`.
   */
  push(chunk: Uint8Array): Iterable<Uint8Array<ArrayBuffer>> {
    const frames = this.#frames.push(chunk);
    if (this.#frames.failure) {
      this.#rest = this.#frames.unread(chunk);
      this.#frames.release();
    }
    return frames;
  }

  /**
   * Says that the input has ended.
   *
   * @throws {EventStreamError} `truncated` when it ended inside a frame, or the stored error after a fault.
   */
  finish(): void {
    this.#frames.finish();
  }

  /** A copy of the bytes taken so far that are in no frame handed out by `push`, iterated or not. Empty when none are. */
  remainder(): Uint8Array<ArrayBuffer> {
    return this.#rest?.slice() ?? this.#frames.unread();
  }

  /** Forgets everything, the stored error and the remainder too, and begins a new stream at offset 0. */
  reset(): void {
    this.#rest = undefined;
    this.#frames.reset();
  }
}

function checkedBytes(frame: Frame): Uint8Array<ArrayBuffer> {
  const { bytes, start, totalBytes, memory, crc } = frame;
  checkMessageCrc(frame, start + 8, crc);
  return memory === "frame" ? bytes : bytes.slice(start, start + totalBytes);
}
