import { crc32 } from "@eventstream-kit/codec";
import type { Item } from "../cassette.ts";

/**
 * Frames with right checksums that the codec refuses are raw items, in pieces when they are long. What was masked in them
 * would make their checksum wrong, and another refusal of it.
 *
 *     | total length | headers length | prelude CRC | headers | payload | message CRC |
 */
export class RejectedFrames {
  /** Of the frame whose pieces are coming: its checksum so far, and how many bytes are missing. */
  #crc = 0;
  #missing = 0;

  /** Takes the items of a body in their order, and overwrites the checksum of a refused frame at its end. */
  seal(item: Item): void {
    if (item.kind !== "raw" || !item.why.startsWith("rejected:")) return;
    const { bytes } = item;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#missing === 0) {
      if (bytes.length < 16) return;
      this.#crc = 0;
      this.#missing = view.getUint32(0);
    }
    this.#missing = Math.max(0, this.#missing - bytes.length);
    const isEnd = this.#missing === 0;
    // A checksum that pieces cut in two stays as it is.
    if (isEnd && bytes.length < 4) return;
    this.#crc = crc32(isEnd ? bytes.subarray(0, -4) : bytes, this.#crc);
    if (isEnd) view.setUint32(bytes.length - 4, this.#crc);
  }
}
