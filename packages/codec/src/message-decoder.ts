import type { DecodeOptions } from "./decode-options.ts";
import { decodeRules } from "./decode-options.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { readMessage } from "./read-message.ts";
import type { Message } from "./types.ts";

/**
 * Decodes a stream of messages from chunks cut anywhere.
 *
 * ```ts
 * const decoder = new MessageDecoder();
 * for (const chunk of chunks) {
 *   for (const message of decoder.push(chunk)) handle(message);
 * }
 * decoder.finish();
 * ```
 *
 * A prelude is checked as soon as its twelve bytes are here; a message is handed out only when its checksums and all
 * its headers are right. The first fault ends the stream: a length that cannot be trusted leaves no way to tell where
 * the next message begins. From then on `push` and `finish` throw the same error object.
 */
export class MessageDecoder {
  readonly #frames: FrameAssembler<Message>;

  /** @throws {EventStreamError} `invalid_argument` for an option that is none. */
  constructor(options: DecodeOptions = {}) {
    const rules = decodeRules(options);
    this.#frames = new FrameAssembler(rules.limits, (frame) => readMessage(frame, rules), true);
  }

  /**
   * Takes the next bytes. They are decoded at once and may be overwritten afterwards, unless `payload: "view"` is asked
   * for.
   *
   * @returns The messages that these bytes complete. When the bytes hold a fault, iterating gives the messages before
   *   it and then throws its error; the decoder has failed even if nobody iterates.
   * @throws {EventStreamError} The stored error after a fault; `invalid_argument` for a chunk that is no `Uint8Array`.
   */
  push(chunk: Uint8Array): Iterable<Message> {
    const messages = this.#frames.push(chunk);
    if (this.#frames.failure) this.#frames.release();
    return messages;
  }

  /**
   * Says that the input has ended. Without this call an input cut short looks like a complete one.
   *
   * @throws {EventStreamError} `truncated`, with the bytes `expected` and `received` of the message that is incomplete (of
   *   its prelude when fewer than twelve bytes are here), or the stored error after a fault.
   */
  finish(): void {
    try {
      this.#frames.finish();
    } finally {
      this.#frames.release();
    }
  }

  /** Forgets everything, the stored error too, and begins a new stream at offset 0. */
  reset(): void {
    this.#frames.reset();
  }
}
