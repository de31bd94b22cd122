import { EventStreamError } from "./errors.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { wireType } from "./header-types.ts";
import { toHeaderValue, typedValue } from "./header-values.ts";
import type { SizeLimits } from "./limits.ts";
import { maxNameBytes } from "./limits.ts";
import type { HeaderInput, HeaderValue } from "./types.ts";
import { utf8Length } from "./utf8.ts";
import { writeUuid } from "./uuid.ts";

/** Writes one header, checking it on the way. */
export function writeHeader(writer: FrameWriter, name: string, input: HeaderInput, limits: SizeLimits): void {
  writeName(writer, name);
  if (typeof input === "string") writeString(writer, name, input, limits);
  else writeValue(writer, name, toHeaderValue(input, undefined, name), limits);
}

/** The same for a type and a value that have been read already. */
export function writeTyped(writer: FrameWriter, name: string, type: unknown, value: unknown, limits: SizeLimits): void {
  writeName(writer, name);
  if (type === "string" && typeof value === "string") writeString(writer, name, value, limits);
  else if (type === "uuid" && typeof value === "string" && writeUuid(value, writer.bytes, writer.at + 1)) {
    writer.bytes[writer.at] = wireType.uuid;
    writer.at += 17;
  } else writeValue(writer, name, typedValue(type, value, undefined, name), limits);
}

function writeName(writer: FrameWriter, name: string): void {
  const nameAt = writer.at;
  // Room for its length is made with the room for the name, which is not empty.
  writer.at += 1;
  const nameBytes = writer.writeText(name) ?? loneSurrogate("a name", name);
  if (nameBytes < 1 || nameBytes > maxNameBytes) {
    const details = { header: name, expected: maxNameBytes, received: nameBytes, limit: "name" } as const;
    throw overLimit(name, `the name has ${nameBytes} bytes in UTF-8, expected 1 to ${maxNameBytes}`, details);
  }
  writer.reserve(1 + 16);
  writer.bytes[nameAt] = nameBytes;
}

function writeString(writer: FrameWriter, name: string, text: string, limits: SizeLimits): void {
  const { at } = writer;
  // Before room is made for it: UTF-8 takes a byte for a UTF-16 code unit at least.
  if (text.length > limits.value) {
    throw valueOverLimit(name, utf8Length(text) ?? loneSurrogate("a value", name), limits);
  }
  writer.at = at + 3;
  const size = writer.writeText(text) ?? loneSurrogate("a value", name);
  if (size > limits.value) throw valueOverLimit(name, size, limits);
  writer.bytes[at] = wireType.string;
  writer.bytes[at + 1] = size >>> 8;
  writer.bytes[at + 2] = size;
}

/** Writes a checked value. There is room for all but text and bytes. */
function writeValue(writer: FrameWriter, name: string, header: HeaderValue, limits: SizeLimits): void {
  const { view, bytes, at } = writer;
  const { type, value } = header;
  if (type === "string") {
    writeString(writer, name, value, limits);
    return;
  }
  if (type === "boolean") {
    bytes[at] = value ? wireType.true : wireType.false;
    writer.at = at + 1;
    return;
  }
  bytes[at] = wireType[type];
  let size: number;
  switch (type) {
    case "byte":
      view.setInt8(at + 1, value);
      size = 1;
      break;
    case "short":
      view.setInt16(at + 1, value);
      size = 2;
      break;
    case "integer":
      view.setInt32(at + 1, value);
      size = 4;
      break;
    case "long":
    case "timestamp":
      view.setBigInt64(at + 1, value);
      size = 8;
      break;
    case "uuid":
      writeUuid(value, bytes, at + 1);
      size = 16;
      break;
    case "binary":
      size = 2 + value.length;
      if (value.length > limits.value) throw valueOverLimit(name, value.length, limits);
      writer.reserve(1 + size);
      // There may be other memory now.
      writer.bytes[at] = wireType.binary;
      writer.view.setUint16(at + 1, value.length);
      writer.bytes.set(value, at + 3);
  }
  writer.at = at + 1 + size;
}

function valueOverLimit(name: string, size: number, { value: expected }: SizeLimits): EventStreamError {
  const details = { header: name, expected, received: size, limit: "value" } as const;
  return overLimit(name, `the value has ${size} bytes, expected at most ${expected}`, details);
}

function overLimit(name: string, problem: string, details: { readonly limit: "name" | "value" }): EventStreamError {
  return new EventStreamError("encode_limit", `Encoding header ${JSON.stringify(name)}: ${problem}`, details);
}

function loneSurrogate(what: string, header: string): never {
  const problem = `found ${what} with a lone surrogate, expected text that UTF-8 can hold`;
  throw new EventStreamError("encode_type", `Encoding header ${JSON.stringify(header)}: ${problem}`, { header });
}
