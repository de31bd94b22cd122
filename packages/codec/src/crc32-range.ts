import { crc32Large } from "./crc32-large.ts";
import { crc32Sliced } from "./crc32-sliced.ts";

/** Below this, plain JavaScript is done by the time a view of just these bytes has been made, and copied or handed on. */
const leastBytes = 256;

/** CRC-32 of the bytes from `start` to before `end`, as quickly as this platform can. Signed, as in `crc32Sliced`. */
export function crc32Range(view: DataView, start: number, end: number, seed: number): number {
  const length = end - start;
  if (length < leastBytes) return crc32Sliced(view, start, end, seed);
  return crc32Large(new Uint8Array(view.buffer, view.byteOffset + start, length), seed >>> 0) | 0;
}
