import { isFixed, viewOf } from "./bytes.ts";
import type { CrcShift } from "./crc32-join.ts";
import { crcShift, joinCrc32 } from "./crc32-join.ts";
import { crc32Range } from "./crc32-range.ts";
import { crc32OfPrelude, crc32OfWord } from "./crc32-words.ts";
import { EventStreamError } from "./errors.ts";
import { preludeBytes, trailerBytes } from "./frame.ts";
import { encodeUtf8Into, utf8Length } from "./utf8.ts";

/**
 * Where a writer begins, and the most it keeps for what is encoded next: growing again for every batch would take three
 * times as long as encoding its messages.
 */
const [firstBytes, keptBytes] = [16_384, 1_048_576];

/** Payloads of up to so many bytes are copied twice rather than looked at through a view made for them. */
const smallBytes = 8192;

/** Longer header blocks are written each time; in so few bytes no value is over a limit, whatever limits are in force. */
const mostRemembered = 1024;

/** A header block as bytes, and what its CRC adds to that of a message. */
export interface WrittenHeaders {
  readonly bytes: Uint8Array;
  readonly crc: number;
  readonly shift: CrcShift;
}

/**
 * Memory to write frames into, used again and again: allocating is what costs most about a small frame (0.4 of 0.6 µs in
 * Node). Grows as it must.
 */
export class FrameWriter {
  bytes = new Uint8Array(firstBytes);
  view: DataView = viewOf(this.bytes);
  /** Where the next byte goes. */
  at = 0;
  /** Of the frame that was begun last: where it begins, what is known about its headers, and what is to come after them. */
  start = 0;
  headers: WrittenHeaders | undefined;
  payload: Uint8Array | string = "";
  payloadBytes = 0;
  /** Views of the first bytes, by their number. */
  #firsts: Uint8Array[] = [];

  /** Makes room for so many bytes more. */
  reserve(count: number): void {
    const needed = this.at + count;
    if (needed <= this.bytes.length) return;
    const larger = allocate(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = viewOf(larger);
    this.#firsts = [];
  }

  /** Forgets everything, and memory that is too large to be kept. */
  clear(): void {
    this.at = 0;
    this.headers = undefined;
    this.payload = "";
    if (this.bytes.length <= keptBytes) return;
    this.bytes = new Uint8Array(firstBytes);
    this.view = viewOf(this.bytes);
    this.#firsts = [];
  }

  /** Writes text in UTF-8. Returns how many bytes, or undefined when a lone surrogate makes it unencodable. */
  writeText(text: string): number | undefined {
    const { length } = text;
    // The most that UTF-8 takes for a UTF-16 code unit.
    this.reserve(3 * length);
    const { bytes, at } = this;
    // Nearly all text is ASCII and short: 16 characters in 14 ns, instead of 65 by way of the platform.
    let i = 0;
    if (length < 64) {
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 0x7f) break;
        bytes[at + i] = unit;
      }
    }
    let size: number | undefined = i;
    if (i < length) {
      size = utf8Length(text);
      if (size === undefined) return undefined;
      encodeUtf8Into(text, bytes.subarray(at, at + size));
    }
    this.at = at + size;
    return size;
  }

  /** Writes the first bytes of a remembered block. */
  copy(block: Uint8Array, count: number): void {
    this.reserve(block.length);
    // All of them: that takes 10 ns, a view of the first ones 30.
    this.bytes.set(block, this.at);
    this.at += count;
  }

  /** The header block from `start` on, to be remembered if it is not too large. */
  written(start: number): WrittenHeaders | undefined {
    const size = this.at - start;
    if (size > mostRemembered) return undefined;
    const bytes = this.bytes.slice(start, this.at);
    return { bytes, crc: crc32Range(this.view, start, this.at, 0), shift: crcShift(size) };
  }

  /** Adds the payload, the prelude and the checksum to the frame that was begun. */
  finishFrame(): void {
    const { start, headers, payload, payloadBytes, at: headersEnd } = this;
    this.reserve(payloadBytes + trailerBytes);
    const { view } = this;
    const end = headersEnd + payloadBytes;
    writePayload(payload, payloadBytes, this.bytes, headersEnd);
    const prelude = writePrelude(view, start, end + trailerBytes - start, headersEnd - start - preludeBytes);
    const crc = headers
      ? crc32Range(view, headersEnd, end, joinCrc32(crc32OfWord(prelude, prelude), headers.crc, headers.shift))
      : // Bytes 0 to 7 are in the CRC of the prelude already.
        crc32Range(view, start + 8, end, prelude);
    view.setInt32(end, crc);
    this.at = end + trailerBytes;
  }

  /** The first bytes. Views of few are kept: making one takes 40 ns of 150, and leaves garbage. */
  #first(count: number): Uint8Array {
    return count > 1024 ? this.bytes.subarray(0, count) : (this.#firsts[count] ??= this.bytes.subarray(0, count));
  }

  /**
   * The same for the only frame here, somewhere else: a large payload is copied once, to where it shall be. It comes
   * first, for it may be where the rest will be.
   */
  finishFrameIn(target: Uint8Array, offset: number): void {
    const { payload, payloadBytes, at: headersEnd } = this;
    // The TextEncoder of browsers writes to no memory that is shared or resizable.
    if (payloadBytes <= smallBytes || (typeof payload === "string" && !isFixed(target))) {
      this.finishFrame();
      target.set(this.#first(this.at), offset);
      return;
    }
    const view = viewOf(target);
    const end = offset + headersEnd + payloadBytes;
    writePayload(payload, payloadBytes, target, offset + headersEnd);
    target.set(this.bytes.subarray(0, headersEnd), offset);
    const prelude = writePrelude(view, offset, end + trailerBytes - offset, headersEnd - preludeBytes);
    view.setInt32(end, crc32Range(view, offset + 8, end, prelude));
  }
}

/** @throws {EventStreamError} `encode_limit` when there is no memory. */
export function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    const problem = `Encoding a message: no memory for ${size} bytes`;
    throw new EventStreamError("encode_limit", problem, { received: size, limit: "message", cause });
  }
}

export function writePayload(payload: Uint8Array | string, size: number, bytes: Uint8Array, at: number): void {
  if (typeof payload === "string") encodeUtf8Into(payload, bytes.subarray(at, at + size));
  else bytes.set(payload, at);
}

/** Returns the CRC of the prelude. */
export function writePrelude(view: DataView, at: number, totalBytes: number, headerBytes: number): number {
  const crc = crc32OfPrelude(totalBytes, headerBytes);
  view.setUint32(at, totalBytes);
  view.setUint32(at + 4, headerBytes);
  view.setInt32(at + 8, crc);
  return crc;
}

let idle: FrameWriter | undefined;

/** A writer with nothing in it. To be given back, also after an error: meanwhile, others get another. */
export function takeWriter(): FrameWriter {
  const writer = idle ?? new FrameWriter();
  // Reading the headers of a message may call the caller, who may encode another.
  idle = undefined;
  return writer;
}

export function giveBack(writer: FrameWriter): void {
  writer.clear();
  idle = writer;
}
