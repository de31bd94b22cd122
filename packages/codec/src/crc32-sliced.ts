import { crcTables } from "./crc32-tables.ts";

/** A variable that no other module can see: engines then know what it holds. That saves 50 ns of 190 for a token. */
const t = crcTables;

/**
 * CRC-32 of the bytes from `start` to before `end`, in plain JavaScript: for small blocks everywhere, and for all where
 * there is nothing better. Reads words through the view: one bounds check for four bytes.
 *
 * Sums are signed here and wherever frames are read and written: engines keep a signed number of 32 bits in a register,
 * and make an object of an unsigned one that does not fit into 31.
 */
export function crc32Sliced(view: DataView, start: number, end: number, seed: number): number {
  let c = ~seed;
  let at = start;
  for (const last = end - 16; at <= last; at += 16) {
    const w0 = view.getInt32(at, true) ^ c;
    const w1 = view.getInt32(at + 4, true);
    const w2 = view.getInt32(at + 8, true);
    const w3 = view.getInt32(at + 12, true);
    // What waits for the sixteen bytes before comes last: 75 ns instead of 82 for 224 bytes.
    c =
      t[w3 >>> 24]! ^
      t[256 + ((w3 >>> 16) & 255)]! ^
      t[512 + ((w3 >>> 8) & 255)]! ^
      t[768 + (w3 & 255)]! ^
      t[1024 + (w2 >>> 24)]! ^
      t[1280 + ((w2 >>> 16) & 255)]! ^
      t[1536 + ((w2 >>> 8) & 255)]! ^
      t[1792 + (w2 & 255)]! ^
      t[2048 + (w1 >>> 24)]! ^
      t[2304 + ((w1 >>> 16) & 255)]! ^
      t[2560 + ((w1 >>> 8) & 255)]! ^
      t[2816 + (w1 & 255)]! ^
      t[3072 + (w0 >>> 24)]! ^
      t[3328 + ((w0 >>> 16) & 255)]! ^
      t[3584 + ((w0 >>> 8) & 255)]! ^
      t[3840 + (w0 & 255)]!;
  }
  // Eight bytes more take 5 ns so, one by one 15.
  for (const last = end - 4; at <= last; at += 4) {
    const w = view.getInt32(at, true) ^ c;
    c = t[w >>> 24]! ^ t[256 + ((w >>> 16) & 255)]! ^ t[512 + ((w >>> 8) & 255)]! ^ t[768 + (w & 255)]!;
  }
  for (; at < end; at++) c = t[(c ^ view.getUint8(at)) & 255]! ^ (c >>> 8);
  return ~c;
}
