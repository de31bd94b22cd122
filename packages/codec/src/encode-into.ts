import type { EncodeOptions } from "./begin-frame.ts";
import { beginFrame, encodeLimits } from "./begin-frame.ts";
import { describe, isBytes } from "./bytes.ts";
import { EventStreamError } from "./errors.ts";
import { giveBack, takeWriter } from "./frame-writer.ts";
import type { MessageInput } from "./types.ts";

/**
 * Encodes one message into memory that is there already. Nothing is written when an error is thrown.
 *
 * @param target Where to write; the payload may be part of it.
 * @param offset Where in it to begin. Default 0.
 * @returns How many bytes were written: `encodedLength` of the message.
 * @throws {EventStreamError} `invalid_argument` for a target that has too little room from the offset on, and for an
 *   offset outside it; whatever `encodeMessage` throws.
 */
export function encodeInto(message: MessageInput, target: Uint8Array, offset = 0, options: EncodeOptions = {}): number {
  if (!isBytes(target) || !Number.isInteger(offset) || offset < 0 || offset > target.length) {
    const found = isBytes(target) ? `the offset ${describe(offset)} in ${target.length} bytes` : describe(target);
    const problem = `Encoding into a buffer: found ${found}, expected a Uint8Array and an offset in it`;
    throw new EventStreamError("invalid_argument", problem);
  }
  const writer = takeWriter();
  try {
    const totalBytes = beginFrame(writer, message, encodeLimits(options));
    const room = target.length - offset;
    if (totalBytes > room) {
      const problem = `Encoding into a buffer: found room for ${room} bytes, expected at least ${totalBytes}`;
      throw new EventStreamError("invalid_argument", problem, { expected: totalBytes, received: room });
    }
    writer.finishFrameIn(target, offset);
    return totalBytes;
  } finally {
    giveBack(writer);
  }
}
