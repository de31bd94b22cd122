import { Buffer } from "node:buffer";

const codes = Buffer.from("0123456789abcdef", "latin1");

/**
 * Writes the last digits of a whole number from 0 below 2 ** 32, in lower case. Ids are written into memory and read as text
 * once: text that is put together by the piece took 600 bytes for each, and is dearer to keep.
 */
export function writeHex(memory: Uint8Array, at: number, digits: number, value: number): void {
  for (let digit = 0; digit < digits; digit++) memory[at + digit] = codes[(value >>> (4 * (digits - 1 - digit))) & 15]!;
}
