import type { EncodeOptions } from "./begin-frame.ts";
import { beginFrame, encodeLimits } from "./begin-frame.ts";
import { describe } from "./bytes.ts";
import { isIterable } from "./check-object.ts";
import { EventStreamError } from "./errors.ts";
import { allocate, giveBack, takeWriter } from "./frame-writer.ts";
import type { MessageInput } from "./types.ts";

/**
 * Encodes messages one behind the other, as a stream has them. Takes memory once and not for each, which is most of the
 * work of encoding small ones.
 *
 * @returns All of them in memory of their own: a buffer of exactly their length, empty for no message.
 * @throws {EventStreamError} `encode_type` for messages that cannot be iterated; whatever `encodeMessage` throws for one of
 *   them.
 */
export function encodeMessages(messages: Iterable<MessageInput>, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  if (typeof messages === "string" || !isIterable(messages)) {
    const problem = `Encoding messages: found ${describe(messages)}, expected an array or another iterable of messages`;
    throw new EventStreamError("encode_type", problem);
  }
  const limits = encodeLimits(options);
  const writer = takeWriter();
  try {
    for (const message of messages) {
      beginFrame(writer, message, limits);
      writer.finishFrame();
    }
    const bytes = allocate(writer.at);
    bytes.set(writer.bytes.subarray(0, writer.at));
    return bytes;
  } finally {
    giveBack(writer);
  }
}
