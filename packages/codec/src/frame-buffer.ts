import { viewOf } from "./bytes.ts";
import type { Frame } from "./frame.ts";
import { frameFault, preludeBytes, trailerBytes } from "./frame.ts";
import { GatheredBytes, smallBytes } from "./gathered-bytes.ts";

/**
 * Collects the bytes of a frame that spans chunks. A small frame is collected in memory that is used again for the next
 * one: allocating is what costs most (0.4 µs in Node). Of a large one the payload can be collected apart, in the memory it
 * will be handed out in, instead of being copied out of the frame in the end.
 */
export class FrameBuffer {
  readonly #frame: Frame;
  readonly #splits: boolean;
  /** Everything, or everything but the payload. */
  readonly #head = new GatheredBytes(true);
  #headGoal = preludeBytes;
  #view: DataView | undefined;
  #payload: GatheredBytes | undefined;
  /** Whether the prelude has been read. */
  begun = false;
  /** How many bytes are here. */
  length = 0;
  /** How many bytes are missing: of the prelude until it has been read, then of the frame. */
  missing = preludeBytes;

  /** @param splits Whether payloads of large frames are collected apart. */
  constructor(frame: Frame, splits: boolean) {
    this.#frame = frame;
    this.#splits = splits;
  }

  /** A copy of the bytes that are here, unless payloads are apart. */
  copy(): Uint8Array<ArrayBuffer> {
    return this.#head.bytes.slice(0, this.#head.length);
  }

  /** Has to be called when the prelude of the frame has been read. */
  begin(): void {
    const { totalBytes, headerBytes } = this.#frame;
    this.begun = true;
    this.missing = totalBytes - this.length;
    this.#headGoal = totalBytes;
    if (!this.#splits || totalBytes <= smallBytes) return;
    this.#payload = new GatheredBytes(false);
    this.#headGoal = preludeBytes + headerBytes + trailerBytes;
  }

  /** Takes bytes of the chunk from `from` on until none is missing. Returns how many it took. */
  append(chunk: Uint8Array, from: number): number {
    try {
      const count = this.#payload
        ? this.#appendApart(this.#payload, chunk, from)
        : this.#head.take(chunk, from, this.#headGoal, this.#headGoal);
      this.length += count;
      this.missing -= count;
      return count;
    } catch (cause) {
      // Only without a cap on the message size: the platform has less to give than the format can ask for.
      const { totalBytes } = this.#frame;
      const problem = `no memory for a message of ${totalBytes} bytes`;
      throw frameFault("too_large", this.#frame, 0, problem, { received: totalBytes, limit: "message", cause });
    }
  }

  #appendApart(payload: GatheredBytes, chunk: Uint8Array, from: number): number {
    const { payloadBytes } = this.#frame;
    let at = from + this.#head.take(chunk, from, this.#headGoal - trailerBytes, this.#headGoal);
    at += payload.take(chunk, at, payloadBytes, payloadBytes);
    if (payload.length === payloadBytes) at += this.#head.take(chunk, at, this.#headGoal, this.#headGoal);
    return at - from;
  }

  /** Points the frame at what is here. */
  show(): void {
    const frame = this.#frame;
    const { bytes } = this.#head;
    if (this.#view?.buffer !== bytes.buffer) this.#view = viewOf(bytes);
    frame.bytes = bytes;
    frame.view = this.#view;
    frame.start = 0;
    frame.body = this.#payload?.bytes;
    frame.memory = bytes.length > smallBytes ? "frame" : "decoder";
  }

  clear(): void {
    this.#head.clear();
    // A view would keep memory that the head has given away.
    if (this.#view?.buffer !== this.#head.bytes.buffer) this.#view = undefined;
    this.#headGoal = preludeBytes;
    this.#payload = undefined;
    this.begun = false;
    this.length = 0;
    this.missing = preludeBytes;
  }
}
