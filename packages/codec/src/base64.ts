const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const codes = /* @__PURE__ */ Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
const paddingCode = 0x3d;

/** The six bits behind a character code; -1 for what is no letter of the alphabet. */
const values = /* @__PURE__ */ (() => {
  const made = new Int8Array(128).fill(-1);
  for (const [value, code] of codes.entries()) made[code] = value;
  return made;
})();

/** Bytes as base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  let to = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    // Bytes beyond the end are undefined, which shifts as zero.
    const bits = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    text[to++] = codes[bits >> 18]!;
    text[to++] = codes[(bits >> 12) & 63]!;
    text[to++] = codes[(bits >> 6) & 63]!;
    text[to++] = codes[bits & 63]!;
  }
  const padding = (3 - (bytes.length % 3)) % 3;
  text.fill(paddingCode, text.length - padding);
  return new TextDecoder().decode(text);
}

/**
 * The bytes of base64 text, or undefined when it is not the one text that `toBase64` makes of them: without padding,
 * with blanks or other letters, or with bits set that no byte has.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const letters = text.length - padding;
  let bits = 0;
  let to = 0;
  for (let at = 0; at < letters; at++) {
    const value = values[text.charCodeAt(at)] ?? -1;
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    // Every letter but the first of four completes a byte.
    const spare = 6 - 2 * (at % 4);
    if (at % 4 > 0) bytes[to++] = bits >> spare;
  }
  const unused = padding === 2 ? 15 : padding === 1 ? 3 : 0;
  return (bits & unused) === 0 ? bytes : undefined;
}
