// Text and bytes have the same order (RFC 9562). No group is swapped, unlike in a GUID.
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

const scratch = /* @__PURE__ */ new Uint8Array(16);

/** The canonical form of a UUID in either case, or undefined when it is none. */
export function canonicalUuid(text: string): string | undefined {
  return writeUuid(text, scratch, 0) ? text.toLowerCase() : undefined;
}

/** Writes text in either case as sixteen bytes. Returns false, having written anything, when it is no UUID. */
export function writeUuid(text: string, bytes: Uint8Array, at: number): boolean {
  // A pattern would take 100 ns more.
  let wrong = text.length === 36 ? 0 : 1;
  for (let i = 0, to = at; i < 36; i += 2) {
    if (i === 8 || i === 13 || i === 18 || i === 23) wrong |= text.charCodeAt(i++) ^ 0x2d;
    const pair = (digit(text.charCodeAt(i)) << 4) | digit(text.charCodeAt(i + 1));
    wrong |= pair & ~255;
    bytes[to++] = pair;
  }
  return wrong === 0;
}

/** The value of a hexadecimal digit, or a negative number: `0` is 0x30, `A` is 0x41, `a` is 0x61. */
function digit(unit: number): number {
  if (unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
