import { latin1Bytes } from "./bytes.ts";

// `Uint8Array.toBase64` is younger than the oldest Node supported; `btoa` and `atob` are everywhere.

/** Base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  // A multiple of three, so that no piece is padded, and few enough for an argument list.
  const step = 3 * 4096;
  for (let at = 0; at < bytes.length; at += step) {
    // To spread them takes six times as long.
    pieces.push(btoa(Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + step)) as string));
  }
  return pieces.join("");
}

/** The bytes, or undefined for text that {@link toBase64} does not write: blanks, no padding, other letters. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const letters = atob(text);
    return btoa(letters) === text ? latin1Bytes(letters) : undefined;
  } catch {
    return undefined;
  }
}
