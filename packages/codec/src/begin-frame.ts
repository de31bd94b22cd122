import { describe, isBytes } from "./bytes.ts";
import { checkObject, checkOptions, isIterable } from "./check-object.ts";
import { EventStreamError } from "./errors.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { overheadBytes, preludeBytes } from "./frame.ts";
import type { Limits, SizeLimits } from "./limits.ts";
import { sizeLimits } from "./limits.ts";
import type { MessageInput } from "./types.ts";
import { utf8Length } from "./utf8.ts";
import { writeHeaders } from "./write-headers.ts";

/** How strict the encoder is. */
export interface EncodeOptions {
  /** Default `specification`. Under `wire` only what the length fields cannot hold is refused. */
  readonly limits?: Limits;
}

/** The bounds that the options stand for. */
export function encodeLimits(options: EncodeOptions): SizeLimits {
  checkOptions(options);
  return sizeLimits(options.limits ?? "specification");
}

/**
 * Writes the header block of a message behind room for its prelude, and checks everything, the payload too. What is left
 * to be done cannot fail but for want of memory.
 *
 * @returns The length of the whole message.
 */
export function beginFrame(writer: FrameWriter, message: MessageInput, limits: SizeLimits): number {
  checkObject(message, "Encoding a message", "{ headers, payload }", "encode_type");
  const { headers, payload = "" } = message;
  // Bytes or a list would make an empty message, and be lost without a word.
  if (headers === undefined && payload === "" && (ArrayBuffer.isView(message) || isIterable(message))) {
    const found = describe(message);
    throw new EventStreamError("encode_type", `Encoding a message: found ${found}, expected { headers, payload }`);
  }
  writer.start = writer.at;
  // There is room for it when there is room for what comes behind it, the checksum at least.
  writer.at += preludeBytes;
  writer.headers = headers === undefined ? undefined : writeHeaders(writer, headers, limits);
  const headerBytes = writer.at - writer.start - preludeBytes;
  const payloadBytes = sizeOfPayload(payload);
  const totalBytes = overheadBytes + headerBytes + payloadBytes;
  if (payloadBytes > limits.payload) throw overLimit("payload", "the payload", payloadBytes, limits.payload);
  if (totalBytes > limits.message) throw overLimit("message", "the message", totalBytes, limits.message);
  writer.payload = payload;
  writer.payloadBytes = payloadBytes;
  return totalBytes;
}

function sizeOfPayload(payload: Uint8Array | string): number {
  if (isBytes(payload)) return payload.length;
  if (typeof payload !== "string") {
    const problem = `Encoding the payload: found ${describe(payload)}, expected a Uint8Array or a string`;
    throw new EventStreamError("encode_type", problem);
  }
  const length = utf8Length(payload);
  if (length === undefined) {
    const problem = "Encoding the payload: found a lone surrogate, expected text that UTF-8 can hold";
    throw new EventStreamError("encode_type", problem);
  }
  return length;
}

function overLimit(limit: "payload" | "message", what: string, received: number, expected: number): EventStreamError {
  const problem = `Encoding a message: ${what} has ${received} bytes, expected at most ${expected}`;
  return new EventStreamError("encode_limit", problem, { expected, received, limit });
}
