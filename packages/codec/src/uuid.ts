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
  const digits = text.replaceAll("-", "");
  for (let i = 0; i < 16; i++) bytes[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
}
