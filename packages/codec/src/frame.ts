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

/** Where a frame begins in the stream. */
export interface Origin {
  readonly offset: number;
  readonly messageIndex: number;
}

/** Whose the bytes of a frame are: the caller's, a decoder's who collects the next frame in them, or the frame's alone. */
export type FrameMemory = "caller" | "decoder" | "frame";

/**
 * A frame inside some bytes, and its place in the stream. A decoder has one of these and points it at frame after frame:
 * an object for each would be garbage of 100 bytes a message.
 */
export class Frame implements Origin {
  offset = 0;
  messageIndex = 0;
  /** What holds the frame from `start` on, all but `body`. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Reads the same at the same places, though it may be of a copy. */
  view: DataView;
  start = 0;
  memory: FrameMemory = "caller";
  /** The payload, when it has been collected in a place of its own. The message CRC then follows the headers. */
  body: Uint8Array<ArrayBuffer> | undefined;
  totalBytes = 0;
  headerBytes = 0;
  /** Of the prelude, signed. */
  crc = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>, view: DataView) {
    this.bytes = bytes;
    this.view = view;
  }

  get payloadBytes(): number {
    return this.totalBytes - this.headerBytes - overheadBytes;
  }

  /** Where the headers end. */
  get headersEnd(): number {
    return this.start + preludeBytes + this.headerBytes;
  }

  /** Goes on to the next frame of the stream. */
  advance(): void {
    this.offset += this.totalBytes;
    this.messageIndex += 1;
  }
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
