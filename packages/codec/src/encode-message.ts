import { describe, isBytes, viewOf } from "./bytes.ts";
import { crc32Range } from "./crc32-range.ts";
import { EventStreamError } from "./errors.ts";
import { overheadBytes, preludeBytes, trailerBytes } from "./frame.ts";
import type { Limits } from "./limits.ts";
import { sizeLimits } from "./limits.ts";
import type { MessageInput } from "./types.ts";
import { utf8Length, writeUtf8 } from "./utf8.ts";
import type { HeaderPlan } from "./write-headers.ts";
import { planHeaders, writeHeaders } from "./write-headers.ts";
import { checkObject, checkOptions } from "./check-object.ts";

/** How strict the encoder is. */
export interface EncodeOptions {
  /** Default `specification`. Under `wire` only what the length fields cannot hold is refused. */
  readonly limits?: Limits;
}

/**
 * Encodes one message. Everything is checked before the first byte is written, the input is not changed, and the same
 * input always gives the same bytes: headers keep their order.
 *
 * @param message Headers and payload, either of which may be absent. See {@link MessageInput}.
 * @returns The message in memory of its own: a buffer of exactly its length.
 * @throws {EventStreamError} `encode_type`, `encode_range`, `encode_limit` or `encode_duplicate`
 */
export function encodeMessage(message: MessageInput, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const { headers, payload, payloadSize, totalSize } = plan(message, options);
  const bytes = allocate(totalSize);
  const view = viewOf(bytes);
  view.setUint32(0, totalSize);
  view.setUint32(4, headers.byteLength);
  const preludeCrc = crc32Range(view, 0, 8, 0);
  view.setUint32(8, preludeCrc);
  writeHeaders(headers, bytes, view, preludeBytes);
  const payloadAt = preludeBytes + headers.byteLength;
  if (typeof payload === "string") writeUtf8(payload, payloadSize, bytes, payloadAt);
  else bytes.set(payload, payloadAt);
  const end = totalSize - trailerBytes;
  // The prelude CRC covers bytes 0 to 7 already.
  view.setUint32(end, crc32Range(view, 8, end, preludeCrc));
  return bytes;
}

/**
 * How many bytes `encodeMessage` would return, for sizing a buffer or splitting data into messages.
 *
 * @throws {EventStreamError} Whatever `encodeMessage` would throw.
 */
export function encodedLength(message: MessageInput, options: EncodeOptions = {}): number {
  return plan(message, options).totalSize;
}

interface MessagePlan {
  readonly headers: HeaderPlan;
  readonly payload: Uint8Array | string;
  readonly payloadSize: number;
  readonly totalSize: number;
}

function plan(message: MessageInput, options: EncodeOptions): MessagePlan {
  checkOptions(options);
  const limits = sizeLimits(options.limits ?? "specification");
  checkObject(message, "Encoding a message", "{ headers, payload }", "encode_type");
  const { headers: given = [], payload = "" } = message;
  const headers = planHeaders(given, limits);
  const payloadSize = sizeOfPayload(payload);
  const totalSize = overheadBytes + headers.byteLength + payloadSize;
  if (payloadSize > limits.payload) throw overLimit("payload", "the payload", payloadSize, limits.payload);
  if (totalSize > limits.message) throw overLimit("message", "the message", totalSize, limits.message);
  return { headers, payload, payloadSize, totalSize };
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

function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    const problem = `Encoding a message: no memory for ${size} bytes`;
    throw new EventStreamError("encode_limit", problem, { received: size, limit: "message", cause });
  }
}

function overLimit(limit: "payload" | "message", what: string, received: number, expected: number): EventStreamError {
  const problem = `Encoding a message: ${what} has ${received} bytes, expected at most ${expected}`;
  return new EventStreamError("encode_limit", problem, { expected, received, limit });
}
