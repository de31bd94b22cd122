import { crc32 } from "node:zlib";
import { encodeEvent, encodeMessage } from "@eventstream-kit/codec";
import type { HeadersInput } from "@eventstream-kit/codec";
import { concat, utf8 } from "./bytes.ts";

/** A `PayloadChunk` as Lambda sends it. */
export const chunkFrame = (text: string | Uint8Array): Uint8Array =>
  encodeEvent({ event: "PayloadChunk", payload: typeof text === "string" ? utf8(text) : text });

export const completeFrame = (): Uint8Array => encodeEvent({ event: "InvokeComplete", json: {} });

export const frame = (headers: HeadersInput, payload: string | Uint8Array): Uint8Array =>
  encodeMessage({ headers, payload }, { limits: "wire" });

/** A frame with right lengths and checksums around any header block, made without the codec. */
export function frameAround(headerBlock: Uint8Array, payload: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const bytes = concat(new Uint8Array(12), headerBlock, payload, new Uint8Array(4));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length);
  view.setUint32(4, headerBlock.length);
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)));
  return bytes;
}

/** The twelve bytes before the headers, with a right checksum whatever the lengths say. */
export function prelude(totalLength: number, headersLength: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, totalLength);
  view.setUint32(4, headersLength);
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  return bytes;
}

/** One header as on the wire. */
export function wireHeader(name: string | Uint8Array, type: number, value: Uint8Array = new Uint8Array()): Uint8Array {
  const nameBytes = typeof name === "string" ? utf8(name) : name;
  return concat(Uint8Array.of(nameBytes.length), nameBytes, Uint8Array.of(type), value);
}

/** Wire type 4, an integer of 1. */
const one = Uint8Array.of(0, 0, 0, 1);

/** The header `a` twice: right checksums, refused by the codec. */
export const duplicateFrame = (): Uint8Array => frameAround(concat(wireHeader("a", 4, one), wireHeader("a", 4, one)));

/** The bytes with the bits of one of them inverted. */
export function spoilt(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 0xff;
  return copy;
}
