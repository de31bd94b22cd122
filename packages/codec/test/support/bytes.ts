/** Bytes from hexadecimal text; blanks are for the reader. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s/g, "");
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`Not hexadecimal: ${text}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Copies of the bytes between the given places. */
export function cut(bytes: Uint8Array, ...places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places, bytes.length];
  return edges.slice(1).map((edge, i) => bytes.slice(edges[i], edge));
}

/** The same bytes inside a larger buffer, with `filler` before and after. */
export function embed(bytes: Uint8Array, filler = 0xee, before = 10): Uint8Array {
  const around = new Uint8Array(bytes.length + before + 50).fill(filler);
  around.set(bytes, before);
  return around.subarray(before, before + bytes.length);
}
