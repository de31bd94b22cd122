import { isBytes } from "./bytes.ts";
import { crc32Large, leastBytes } from "./crc32-large.ts";
import { crcTables } from "./crc32-tables.ts";
import { EventStreamError } from "./errors.ts";

/**
 * CRC-32 as in IEEE 802.3, zlib and gzip: the checksum of this format. `crc32` of the ASCII text `123456789` is
 * 0xcbf43926.
 *
 * @param bytes What to check.
 * @param seed The CRC of the bytes before, 0 to 0xffffffff, so that a long input can be fed in parts. Default 0.
 * @returns An unsigned 32-bit integer.
 * @throws {EventStreamError} `invalid_argument`
 */
export function crc32(bytes: Uint8Array, seed = 0): number {
  if (!isBytes(bytes) || typeof seed !== "number" || seed >>> 0 !== seed) {
    throw new EventStreamError(
      "invalid_argument",
      "Computing a CRC-32: expected a Uint8Array and a seed from 0 to 0xffffffff",
    );
  }
  return bytes.length < leastBytes ? ofFew(bytes, seed) : crc32Large(bytes, seed);
}

/** Byte by byte: a view to read words through takes as long to make as eight bytes to sum. */
function ofFew(bytes: Uint8Array, seed: number): number {
  let c = ~seed;
  for (let at = 0; at < bytes.length; at++) c = crcTables[(c ^ bytes[at]!) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}
