import type { EncodeOptions } from "./begin-frame.ts";
import { beginFrame, encodeLimits } from "./begin-frame.ts";
import { viewOf } from "./bytes.ts";
import { crc32Range } from "./crc32-range.ts";
import { allocate, giveBack, takeWriter, writePayload, writePrelude } from "./frame-writer.ts";
import { preludeBytes, trailerBytes } from "./frame.ts";
import type { MessageInput } from "./types.ts";

/** The very type that was given, so that what takes only memory that is not shared takes it; that of a copy, for text. */
export type PayloadPart<Payload> = Payload extends Uint8Array ? Payload : Uint8Array<ArrayBuffer>;

/**
 * Encodes one message without copying its payload, for large payloads and whatever takes several buffers: `writev`, a
 * corked socket, a `Blob`, a queue of a stream.
 *
 * @returns The three parts of a message in order: prelude and headers; the payload, which is the very object that was
 *   given (bytes of its own for text) and must not change until it has been sent; the checksum.
 * @throws {EventStreamError} Whatever `encodeMessage` throws.
 */
export function encodeParts<Payload extends MessageInput["payload"] = undefined>(
  message: MessageInput & { readonly payload?: Payload },
  options: EncodeOptions = {},
): readonly [head: Uint8Array<ArrayBuffer>, payload: PayloadPart<Payload>, trailer: Uint8Array<ArrayBuffer>] {
  const writer = takeWriter();
  try {
    const totalBytes = beginFrame(writer, message, encodeLimits(options));
    writer.reserve(trailerBytes);
    const { payload: given, payloadBytes, at, view } = writer;
    const payload = typeof given === "string" ? allocate(payloadBytes) : given;
    if (typeof given === "string") writePayload(given, payloadBytes, payload, 0);
    const prelude = writePrelude(view, 0, totalBytes, at - preludeBytes);
    const crc = crc32Range(viewOf(payload), 0, payloadBytes, crc32Range(view, 8, at, prelude));
    // Both ends from one piece of memory: allocating is what costs.
    view.setInt32(at, crc);
    const ends = writer.bytes.slice(0, at + trailerBytes);
    return [ends.subarray(0, at), payload as PayloadPart<Payload>, ends.subarray(at)];
  } finally {
    giveBack(writer);
  }
}
