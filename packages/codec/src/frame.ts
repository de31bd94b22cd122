import type { DecodeErrorCode, EventStreamErrorDetails } from "./errors.ts";
import { EventStreamError } from "./errors.ts";

/*
 * A message on the wire ("frame"), integers big-endian:
 *
 *     0                 total length     uint32, everything, at least 16
 *     4                 headers length   uint32, H, at most total - 16
 *     8                 prelude CRC      CRC-32 of bytes 0 to 7
 *     12                headers          H bytes
 *     12 + H            payload          total - H - 16 bytes
 *     total - 4         message CRC      CRC-32 of everything before it
 *
 * A stream is frames back to back, with nothing between, before or after them.
 */

/** Total length, headers length and their CRC. */
export const preludeBytes = 12;
/** The CRC at the end. */
export const trailerBytes = 4;
/** What a message has besides headers and payload. */
export const overheadBytes = preludeBytes + trailerBytes;

/** What a prelude says, after its CRC and the lengths have been found right. */
export interface Prelude {
  readonly totalBytes: number;
  readonly headerBytes: number;
  readonly crc: number;
}

/** A complete frame inside some bytes. */
export interface Frame extends Prelude {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Over the same bytes. */
  readonly view: DataView;
  /** Where in the bytes the frame begins. */
  readonly start: number;
  /** False when the bytes are the caller's chunk, which may be overwritten soon. */
  readonly owned: boolean;
}

/** Where a frame begins in the stream. */
export interface Origin {
  readonly offset: number;
  readonly messageIndex: number;
}

/** An error about received bytes. `at` counts from the start of the frame. */
export function frameFault(
  code: DecodeErrorCode,
  origin: Origin,
  at: number,
  problem: string,
  details: EventStreamErrorDetails = {},
): EventStreamError {
  const { offset, messageIndex } = origin;
  return new EventStreamError(code, `Reading message ${messageIndex} (from byte ${offset}): ${problem}`, {
    offset: offset + at,
    messageIndex,
    ...details,
  });
}

/** A CRC as people compare it. */
export function hex32(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
