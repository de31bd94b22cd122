import { crcTables } from "./crc32-tables.ts";

/** For engines, as in `crc32-sliced.ts`. */
const t = crcTables;

/** The CRC-32 of eight zero bytes. A CRC of numbers of a fixed width is this, and what each of their bits adds. */
const ofEightZeros = 0x6522df69;

/**
 * CRC-32, signed, of two unsigned 32-bit integers in network order: a prelude without its checksum. Takes the numbers, which
 * writer and reader have at hand anyway: 5 ns instead of 15 for eight bytes of memory.
 */
export function crc32OfPrelude(totalBytes: number, headerBytes: number): number {
  return (
    ofEightZeros ^
    t[1792 + (totalBytes >>> 24)]! ^
    t[1536 + ((totalBytes >>> 16) & 255)]! ^
    t[1280 + ((totalBytes >>> 8) & 255)]! ^
    t[1024 + (totalBytes & 255)]! ^
    t[768 + (headerBytes >>> 24)]! ^
    t[512 + ((headerBytes >>> 16) & 255)]! ^
    t[256 + ((headerBytes >>> 8) & 255)]! ^
    t[headerBytes & 255]!
  );
}

/** CRC-32, signed, of bytes whose CRC is `seed` and a 32-bit integer in network order after them. */
export function crc32OfWord(word: number, seed: number): number {
  const c = ~seed;
  return ~(
    t[768 + ((c ^ (word >>> 24)) & 255)]! ^
    t[512 + (((c >>> 8) ^ (word >>> 16)) & 255)]! ^
    t[256 + (((c >>> 16) ^ (word >>> 8)) & 255)]! ^
    t[((c >>> 24) ^ word) & 255]!
  );
}
