import { crc32 } from "@eventstream-kit/codec";
import { printable } from "./printable.ts";

/** Some bytes of a frame that mean one thing. */
export interface Field {
  /** Byte offset in the body. */
  readonly offset: number;
  readonly length: number;
  readonly name: string;
  /** What the bytes say, for people. */
  readonly value: string;
  /** True for a checksum or a length that cannot be right. */
  readonly wrong?: boolean;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Type byte of a header: its name, and how many bytes a value has. Strings and binaries begin with their length. */
const types: readonly (readonly [name: string, bytes: number | "prefixed"])[] = [
  ["boolean", 0],
  ["boolean", 0],
  ["byte", 1],
  ["short", 2],
  ["integer", 4],
  ["long", 8],
  ["binary", "prefixed"],
  ["string", "prefixed"],
  ["timestamp", 8],
  ["uuid", 16],
];

/**
 * The fields of the frame that begins at `start`, in the order of their bytes and with none left out:
 *
 *     total length, headers length, prelude CRC, for each header (name length, name, type, value length, value),
 *     payload, message CRC
 *
 * As much of it as can be told: of a damaged frame, what cannot be read is one field called "unreadable".
 */
export function frameFields(body: Uint8Array, start: number): Field[] {
  return new FieldReader(body, start).read();
}

class FieldReader {
  readonly #body: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;
  readonly #fields: Field[] = [];
  #at: number;

  constructor(body: Uint8Array, start: number) {
    this.#body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#start = start;
    this.#at = start;
  }

  read(): Field[] {
    const start = this.#start;
    const size = this.#body.length;
    if (size - start < 12) {
      this.#take(size - start, "unreadable", "a prelude has 12 bytes");
      return this.#fields;
    }
    const total = this.#view.getUint32(start);
    const headers = this.#view.getUint32(start + 4);
    const lengthsWrong = total < 16 || headers > total - 16;
    this.#take(4, "total length", String(total), lengthsWrong);
    this.#take(4, "headers length", String(headers), lengthsWrong);
    if (!this.#checksum("prelude CRC") || lengthsWrong) {
      this.#take(size - this.#at, "unreadable", "no length to go by");
      return this.#fields;
    }
    const end = start + total;
    this.#headers(Math.min(size, start + 12 + headers));
    const payloadEnd = Math.min(size, end - 4);
    if (payloadEnd > this.#at) this.#take(payloadEnd - this.#at, "payload", `${payloadEnd - this.#at} bytes`);
    if (end <= size) this.#checksum("message CRC");
    else this.#take(size - this.#at, "unreadable", "the frame is cut off");
    return this.#fields;
  }

  #headers(end: number): void {
    while (this.#at < end) {
      if (!this.#header(end)) {
        this.#take(end - this.#at, "unreadable", "no header", true);
        return;
      }
    }
  }

  /** False when the bytes from here on are no header. */
  #header(end: number): boolean {
    const nameBytes = this.#body[this.#at]!;
    const typeAt = this.#at + 1 + nameBytes;
    if (nameBytes === 0 || typeAt >= end) return false;
    const type = this.#body[typeAt]!;
    const [typeName, fixed] = types[type] ?? [];
    if (typeName === undefined || fixed === undefined) return false;
    const valueAt = typeAt + 1 + (fixed === "prefixed" ? 2 : 0);
    if (valueAt > end) return false;
    const length = fixed === "prefixed" ? this.#view.getUint16(typeAt + 1) : fixed;
    if (valueAt + length > end) return false;

    this.#take(1, "name length", String(nameBytes));
    this.#take(nameBytes, "name", this.#text(this.#at, nameBytes));
    const constant = type === 0 ? " true" : type === 1 ? " false" : "";
    this.#take(1, "type", `${type} ${typeName}${constant}`);
    if (fixed === "prefixed") this.#take(2, "value length", String(length));
    if (length > 0) this.#take(length, "value", this.#value(type, this.#at, length));
    return true;
  }

  #value(type: number, at: number, length: number): string {
    switch (type) {
      case 2:
        return String(this.#view.getInt8(at));
      case 3:
        return String(this.#view.getInt16(at));
      case 4:
        return String(this.#view.getInt32(at));
      case 5:
        return String(this.#view.getBigInt64(at));
      case 7:
        return this.#text(at, length);
      case 8:
        return timestamp(this.#view.getBigInt64(at));
      case 9:
        return hex(this.#body.subarray(at, at + 16)).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
      default:
        return `${length} bytes`;
    }
  }

  #text(at: number, length: number): string {
    return printable(utf8.decode(this.#body.subarray(at, at + length)));
  }

  /** A CRC-32 over everything of the frame before it. */
  #checksum(name: string): boolean {
    const found = this.#view.getUint32(this.#at);
    const expected = crc32(this.#body.subarray(this.#start, this.#at));
    const right = found === expected;
    this.#take(4, name, right ? `${hex32(found)}, right` : `${hex32(found)}, expected ${hex32(expected)}`, !right);
    return right;
  }

  #take(length: number, name: string, value: string, wrong = false): void {
    if (length > 0) this.#fields.push({ offset: this.#at, length, name, value, ...(wrong ? { wrong } : {}) });
    this.#at += length;
  }
}

export function hex32(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Milliseconds since the epoch, and the date where there is one. */
function timestamp(value: bigint): string {
  const date = new Date(Number(value));
  return Number.isNaN(date.getTime()) ? String(value) : `${value} ${date.toISOString()}`;
}
