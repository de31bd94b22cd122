import { crcTables, timesX } from "./crc32-tables.ts";

/** What `joinCrc32` needs to know about the length of the second part: 512 bytes. */
export type CrcShift = Int32Array;

/**
 * Prepares joining CRCs whose second part has `length` bytes. Costs about as much as checksumming them a byte at a time:
 * meant for short parts that come again and again, such as the header block of every event of a stream.
 */
export function crcShift(length: number): CrcShift {
  // The factor that moves a CRC over `length` bytes: x^(8 * length).
  let factor = 1 << 31;
  for (let n = 0; n < length; n++) factor = crcTables[factor & 255]! ^ (factor >>> 8);
  // Entry [16 * k + n] is what n in bits 4k to 4k + 3 becomes. Nibbles: tables of bytes save 1 ns of 5 a call, for eight
  // times the memory.
  const shift = new Int32Array(8 * 16);
  for (let bit = 31; bit >= 0; bit--) {
    const first = (bit >> 2) * 16;
    const weight = 1 << (bit & 3);
    for (let n = 0; n < 16; n += 2 * weight) shift[first + n + weight] = shift[first + n]! ^ factor;
    factor = timesX(factor);
  }
  return shift;
}

/**
 * The CRC-32, signed, of two parts one after the other, from the CRC of each: 5 ns whatever their lengths.
 *
 * @param shift `crcShift` of the second part's length.
 */
export function joinCrc32(first: number, second: number, shift: CrcShift): number {
  return (
    second ^
    shift[first & 15]! ^
    shift[16 + ((first >>> 4) & 15)]! ^
    shift[32 + ((first >>> 8) & 15)]! ^
    shift[48 + ((first >>> 12) & 15)]! ^
    shift[64 + ((first >>> 16) & 15)]! ^
    shift[80 + ((first >>> 20) & 15)]! ^
    shift[96 + ((first >>> 24) & 15)]! ^
    shift[112 + (first >>> 28)]!
  );
}
