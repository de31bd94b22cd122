import type { EncodeOptions } from "./begin-frame.ts";
import { beginFrame, encodeLimits } from "./begin-frame.ts";
import { allocate, giveBack, takeWriter } from "./frame-writer.ts";
import type { MessageInput } from "./types.ts";

/** Larger messages are put together where they shall be. Smaller ones are written, then copied out: that is quicker. */
const smallBytes = 8192;

/**
 * Encodes one message. Everything is checked before the first byte is written, the input is not changed, and the same
 * input always gives the same bytes: headers keep their order.
 *
 * Headers that come again are remembered as bytes when they are plain objects of strings and `{ type, value }`, and do not
 * even have to be compared when they are made once, with `new MessageHeaders(…)`.
 *
 * @param message Headers and payload, either of which may be absent. See {@link MessageInput}.
 * @returns The message in memory of its own: a buffer of exactly its length. What takes no memory of its own for every
 *   message is `encodeInto` and `encodeMessages`; what copies no payload, `encodeParts`.
 * @throws {EventStreamError} `encode_type`, `encode_range`, `encode_limit` or `encode_duplicate`
 */
export function encodeMessage(message: MessageInput, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const writer = takeWriter();
  try {
    const totalBytes = beginFrame(writer, message, encodeLimits(options));
    if (totalBytes <= smallBytes) {
      writer.finishFrame();
      return writer.bytes.slice(0, totalBytes);
    }
    const bytes = allocate(totalBytes);
    writer.finishFrameIn(bytes, 0);
    return bytes;
  } finally {
    giveBack(writer);
  }
}

/**
 * How many bytes `encodeMessage` would return, for sizing a buffer or splitting data into messages.
 *
 * @throws {EventStreamError} Whatever `encodeMessage` would throw.
 */
export function encodedLength(message: MessageInput, options: EncodeOptions = {}): number {
  const writer = takeWriter();
  try {
    return beginFrame(writer, message, encodeLimits(options));
  } finally {
    giveBack(writer);
  }
}
