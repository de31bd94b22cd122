// Text and bytes have the same order (RFC 9562). No group is swapped, unlike in a GUID.
const pattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const pairs = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The sixteen bytes at `at` as canonical lower-case text. */
export function readUuid(bytes: Uint8Array, at: number): string {
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += pairs[bytes[at + i]!]!;
  }
  return text;
}

/** The canonical form of a UUID in either case, or undefined when it is none. */
export function canonicalUuid(text: string): string | undefined {
  const lower = text.toLowerCase();
  return pattern.test(lower) ? lower : undefined;
}

/** Writes canonical text as sixteen bytes. */
export function writeUuid(text: string, bytes: Uint8Array, at: number): void {
  for (let i = 0, to = at; i < 36; i += 2) {
    if (i === 8 || i === 13 || i === 18 || i === 23) i++;
    bytes[to++] = (digit(text.charCodeAt(i)) << 4) | digit(text.charCodeAt(i + 1));
  }
}

/** The value of a lower-case hexadecimal digit: `0` is 0x30, `a` is 0x61. */
function digit(unit: number): number {
  return unit < 0x3a ? unit - 0x30 : unit - 0x57;
}
