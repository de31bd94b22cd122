import { EventStreamError } from "./errors.ts";

/**
 * True for a Uint8Array of any realm and any subclass, such as a Node Buffer inside a test runner's sandbox. Not for one
 * that has lost its memory: it looks empty, and what was in it would be left out without a word.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return isByteView(value) && (value.length > 0 || !isLost(value));
}

function isByteView(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Partial<Uint8Array>)[Symbol.toStringTag] === "Uint8Array";
}

/** Whether the memory was transferred to somebody else, or made to end before these bytes. */
function isLost(bytes: Uint8Array): boolean {
  try {
    bytes.at(0);
    return false;
  } catch {
    return true;
  }
}

/**
 * The same memory as a plain Uint8Array, so that `slice` copies: on a Node Buffer it makes a view.
 *
 * Shared and resizable memory is copied. Someone else may change it between the checksum and the reading, and the
 * TextDecoder of browsers takes neither.
 */
export function plainBytes(value: Uint8Array, doing: string): Uint8Array<ArrayBuffer> {
  if (!isBytes(value)) {
    throw new EventStreamError("invalid_argument", `${doing}: found ${describe(value)}, expected a Uint8Array`);
  }
  if (!isFixed(value)) return new Uint8Array(value);
  const bytes = value as Uint8Array<ArrayBuffer>;
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether nobody else can change the bytes, or how many there are. */
export function isFixed({ buffer }: Uint8Array): boolean {
  const { resizable } = buffer as ArrayBufferLike & { readonly resizable?: boolean };
  return buffer[Symbol.toStringTag] !== "SharedArrayBuffer" && resizable !== true;
}

/** One DataView for everything read from these bytes: making one costs more than many reads. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A value in a few words for an error message. Never calls into the value. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the string ${JSON.stringify(shorten(value))}`;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return `the ${typeof value} ${shorten(String(value))}`;
  }
  if (Array.isArray(value)) return "an array";
  if (isByteView(value) && isLost(value)) return "bytes whose memory was transferred or cut off";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
