import { readUtf8 } from "./utf8.ts";

/** Longer text is decoded each time. */
const longest = 32;
const slots = 512;

/** Text that was read twice, by its hash. All of it is ASCII, so it has as many characters as bytes. */
const known: (string | undefined)[] = [];
/** Hashes of text that was read once. */
const met = /* @__PURE__ */ new Int32Array(slots);

/**
 * The text in these bytes, or undefined when they are not valid UTF-8. Names and values that come again and again are
 * not decoded again: a token of a stream whose headers are not known takes 0.47 µs instead of 1.3. What comes once, as ids do, displaces nothing.
 */
export function readText(bytes: Uint8Array, view: DataView, start: number, size: number): string | undefined {
  if (size > longest || size === 0) return decode(bytes, start, size);
  const hash = hashOf(view, start, size);
  const slot = hash & (slots - 1);
  const guess = known[slot];
  if (guess !== undefined && isSame(guess, bytes, start, size)) return guess;
  const text = decode(bytes, start, size);
  if (met[slot] !== hash) met[slot] = hash;
  else if (text?.length === size) known[slot] = sharedText(text);
  return text;
}

/**
 * Of both ends, for most text has four bytes and differs there. What it does not tell apart, the comparison does. Shorter
 * text may be read beyond its end, where a frame has its checksum at least.
 */
function hashOf(view: DataView, start: number, size: number): number {
  const first = view.getInt32(start, true);
  const ends =
    size < 4 ? first << (8 * (4 - size)) : Math.imul(first, 0x9e3779b1) ^ view.getInt32(start + size - 4, true);
  const hash = Math.imul(ends ^ size, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** Lists of characters to be filled, by their number. */
const units: number[][] = [];

/** Short ASCII takes 20 ns so: the platform takes 60 and a view, adding character to character 150. */
function decode(bytes: Uint8Array, start: number, size: number): string | undefined {
  if (size > 64) return readUtf8(bytes, start, start + size);
  const list = (units[size] ??= Array.from({ length: size }, () => 0));
  for (let i = 0; i < size; i++) {
    const byte = bytes[start + i]!;
    if (byte > 0x7f) return readUtf8(bytes, start, start + size);
    list[i] = byte;
  }
  // Spread, the list would be copied first.
  return String.fromCharCode.apply(undefined, list);
}

function isSame(text: string, bytes: Uint8Array, start: number, size: number): boolean {
  if (text.length !== size) return false;
  for (let i = 0; i < size; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

/** The very string that a literal in a program is: V8 compares it with that by address, which halves a look-up by name. */
function sharedText(text: string): string {
  return Object.keys({ [text]: 0 })[0]!;
}
