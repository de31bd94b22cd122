import { crc32 } from "@eventstream-kit/codec";

/** How the bytes of a stream, or of several, are written down. */
export const notations = ["bytes", "base64", "hex", "har", "vcr", "cassette"] as const;
export type Notation = (typeof notations)[number];

/** A prelude has 12 bytes: 24 hex digits, 16 letters of base64. */
const preludeBytes = 12;
/** Enough to see how a document begins. */
const documentLetters = 64;

/**
 * Tells from the first bytes how an input is written. Text is only taken for base64 or hex when it begins with a right prelude,
 * so that nothing is decoded that was meant as it is.
 *
 * @param whole true when nothing follows.
 * @returns undefined when more bytes are needed.
 */
export function notationOf(head: Uint8Array, whole: boolean): Notation | undefined {
  const [first] = head;
  if (first === undefined) return whole ? "bytes" : undefined;
  // An event stream begins with a length, whose first byte is no letter below 150 MB.
  if (first < 0x20 && first !== 0x0a && first !== 0x0d && first !== 0x09) return "bytes";
  const text = new TextDecoder().decode(head).replace(/^\ufeff/, "");
  const letters = text.replace(/\s+/g, "");
  if (/^[\dA-Za-z+/_=-]*$/.test(letters) && !/^(interactions|version)/.test(letters)) {
    if (letters.length < preludeBytes * 2 && !whole) return undefined;
    if (isPrelude(Buffer.from(letters.slice(0, preludeBytes * 2), "hex"))) return "hex";
    if (isPrelude(Buffer.from(letters.slice(0, 16), "base64"))) return "base64";
    return "bytes";
  }
  if (letters.length < documentLetters && !whole && /^[{#%\-iv]/.test(letters)) return undefined;
  if (isPrelude(Buffer.from(letters.slice(0, 16), "base64"))) return "base64";
  if (letters.startsWith('{"eventstream":')) return "cassette";
  // Nothing but JSON has braces at its start; which JSON it is, the reader says.
  if (letters.startsWith('{"log":')) return "har";
  if (/^\{"(interactions|version)":/.test(letters)) return "vcr";
  return /^(?:(?:#.*|%.*|---)?\s*\n)*(?:interactions|version):/.test(text) ? "vcr" : "bytes";
}

/** True for bytes that begin with lengths that can be, and their right checksum. */
export function isPrelude(bytes: Uint8Array, at = 0): boolean {
  if (bytes.length - at < preludeBytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const [total, headers] = [view.getUint32(0), view.getUint32(4)];
  if (total < 16 || headers > total - 16) return false;
  return crc32(bytes.subarray(at, at + 8)) === view.getUint32(8);
}
