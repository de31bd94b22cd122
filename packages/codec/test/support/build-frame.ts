import { crc32 } from "@aws-crypto/crc32";
import { concat, hex, utf8 } from "./bytes.ts";

/** What to put into a frame. Whatever is not given is as it should be, so one lie at a time can be told. */
export interface FrameParts {
  /** The encoded header block. */
  readonly headers?: Uint8Array;
  readonly payload?: Uint8Array;
  readonly totalLength?: number;
  readonly headersLength?: number;
  readonly preludeCrc?: number;
  readonly messageCrc?: number;
}

/** Builds a frame without the code under test: checksums come from `@aws-crypto/crc32`. */
export function buildFrame(parts: FrameParts = {}): Uint8Array<ArrayBuffer> {
  const { headers = new Uint8Array(), payload = new Uint8Array() } = parts;
  const bytes = concat(new Uint8Array(12), headers, payload, new Uint8Array(4));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, parts.totalLength ?? bytes.length);
  view.setUint32(4, parts.headersLength ?? headers.length);
  return repairCrcs(bytes, parts);
}

/** Makes both checksums of a frame right, or what is asked for. Changes and returns the same bytes. */
export function repairCrcs<T extends Uint8Array>(
  bytes: T,
  { preludeCrc, messageCrc }: Pick<FrameParts, "preludeCrc" | "messageCrc"> = {},
): T {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length - 4;
  view.setUint32(8, preludeCrc ?? crc32(bytes.subarray(0, 8)));
  view.setUint32(end, messageCrc ?? crc32(bytes.subarray(0, end)));
  return bytes;
}

/** A prelude of twelve bytes with a right checksum. */
export function buildPrelude(totalLength: number, headersLength = 0): Uint8Array<ArrayBuffer> {
  return buildFrame({ totalLength, headersLength }).slice(0, 12);
}

/** One encoded header: name, wire type, and the value's bytes as hexadecimal text, a length before them included. */
export function rawHeader(name: string | Uint8Array, type: number, value = ""): Uint8Array<ArrayBuffer> {
  const nameBytes = typeof name === "string" ? utf8(name) : name;
  return concat(Uint8Array.of(nameBytes.length), nameBytes, Uint8Array.of(type), hex(value));
}
