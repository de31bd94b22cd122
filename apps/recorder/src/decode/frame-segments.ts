import { crc32 } from "@eventstream-kit/codec";
import { isPrelude } from "../sources/notation.ts";

/**
 * Cuts damaged bytes so that the frames after the damage are found again: each segment is one frame, or bytes that are none up to
 * where the next frame begins. A frame is known by its prelude, whose checksum is right by accident once in four
 * billion offsets.
 */
export class FrameSegments {
  #buffer: Uint8Array = new Uint8Array();
  /** No frame begins before this, in a buffer that does not begin with one. */
  #searched = 1;

  push(chunk: Uint8Array): Uint8Array[] {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    return this.#cut(false);
  }

  finish(): Uint8Array[] {
    const segments = this.#cut(true);
    if (this.#buffer.length > 0) segments.push(this.#buffer);
    this.#buffer = new Uint8Array();
    return segments;
  }

  #cut(ended: boolean): Uint8Array[] {
    const segments: Uint8Array[] = [];
    for (let length = this.#next(ended); length > 0; length = this.#next(ended)) {
      segments.push(this.#buffer.subarray(0, length));
      this.#buffer = this.#buffer.subarray(length);
      this.#searched = 1;
    }
    return segments;
  }

  /** Bytes of the next segment; 0 when that is not known yet. */
  #next(ended: boolean): number {
    const bytes = this.#buffer;
    if (!isPrelude(bytes)) return this.#search(bytes.length);
    const total = uint32(bytes, 0);
    if (bytes.length < total) return ended ? this.#search(bytes.length) : 0;
    const right = crc32(bytes.subarray(0, total - 4)) === uint32(bytes, total - 4);
    // Bytes were lost or altered inside: what follows may have begun already.
    return right ? total : this.#search(total) || total;
  }

  /** Where the next prelude begins, before `end`; 0 without one. */
  #search(end: number): number {
    for (; this.#searched + 12 <= end; this.#searched++) {
      if (isPrelude(this.#buffer, this.#searched)) return this.#searched;
    }
    return 0;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
