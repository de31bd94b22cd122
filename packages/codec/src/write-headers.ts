import { crcShift } from "./crc32-join.ts";
import { crc32Range } from "./crc32-range.ts";
import { EventStreamError } from "./errors.ts";
import type { FrameWriter, WrittenHeaders } from "./frame-writer.ts";
import { checkedEntry, duplicate, recordOf } from "./header-entries.ts";
import { wireType } from "./header-types.ts";
import { toHeaderValue } from "./header-values.ts";
import { MessageHeaders, recallWritten, rememberWritten } from "./headers.ts";
import type { SizeLimits } from "./limits.ts";
import { maxNameBytes } from "./limits.ts";
import type { HeaderInput, HeadersInput, HeaderValue } from "./types.ts";
import { writeUuid } from "./uuid.ts";

/** Longer blocks are written each time; in so few bytes no value is over a limit, whatever limits are in force. */
const mostRemembered = 1024;

/**
 * Writes all headers, checking them on the way.
 *
 * @returns What is known about the block in advance, when the headers have been written before.
 */
export function writeHeaders(writer: FrameWriter, input: HeadersInput, limits: SizeLimits): WrittenHeaders | undefined {
  const immutable = input instanceof MessageHeaders;
  if (immutable) {
    const written = recallWritten(input);
    if (written) {
      const { bytes } = written;
      writer.reserve(bytes.length);
      writer.bytes.set(bytes, writer.at);
      writer.at += bytes.length;
      return written;
    }
  }
  const start = writer.at;
  const record = immutable ? undefined : recordOf(input);
  if (record) {
    // The values one by one: 60 ns less than all pairs as arrays.
    for (const name of Object.keys(record)) writeHeader(writer, name, record[name]!, limits);
  } else {
    const names = new Set<string>();
    for (const entry of input as Iterable<unknown>) {
      const [name, value] = checkedEntry(entry);
      if (names.size === names.add(name).size) throw duplicate(name);
      writeHeader(writer, name, value, limits);
    }
  }
  const size = writer.at - start;
  if (size > limits.headers) {
    const problem = `Encoding headers: they take ${size} bytes, expected at most ${limits.headers}`;
    const details = { expected: limits.headers, received: size, limit: "headers" } as const;
    throw new EventStreamError("encode_limit", problem, details);
  }
  if (immutable && size <= mostRemembered) remember(input, writer, start);
  return undefined;
}

/**
 * Keeps the bytes of headers that nobody can change: what is written the second time is likely to be written again. With
 * them a token frame takes 0.25 µs instead of 0.38.
 */
function remember(headers: MessageHeaders, { bytes, view, at }: FrameWriter, start: number): void {
  rememberWritten(headers, () => ({
    bytes: bytes.slice(start, at),
    crc: crc32Range(view, start, at, 0),
    shift: crcShift(at - start),
  }));
}

function writeHeader(writer: FrameWriter, name: string, input: HeaderInput, limits: SizeLimits): void {
  const nameAt = writer.at;
  writer.reserve(1);
  writer.at += 1;
  const nameBytes = writer.writeText(name) ?? loneSurrogate("a name", name);
  if (nameBytes < 1 || nameBytes > maxNameBytes) {
    const details = { header: name, expected: maxNameBytes, received: nameBytes, limit: "name" } as const;
    throw overLimit(name, `the name has ${nameBytes} bytes in UTF-8, expected 1 to ${maxNameBytes}`, details);
  }
  writer.reserve(1 + 16);
  writer.bytes[nameAt] = nameBytes;
  if (typeof input === "string") writeString(writer, name, input, limits);
  else writeValue(writer, name, toHeaderValue(input, undefined, name), limits);
}

function writeString(writer: FrameWriter, name: string, text: string, limits: SizeLimits): void {
  const { at } = writer;
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
  switch (header.type) {
    case "string":
      writeString(writer, name, header.value, limits);
      return;
    case "binary": {
      const { value } = header;
      if (value.length > limits.value) throw valueOverLimit(name, value.length, limits);
      writer.reserve(3 + value.length);
      writer.bytes[at] = wireType.binary;
      writer.view.setUint16(at + 1, value.length);
      writer.bytes.set(value, at + 3);
      writer.at = at + 3 + value.length;
      return;
    }
    case "boolean":
      bytes[at] = header.value ? wireType.true : wireType.false;
      writer.at = at + 1;
      return;
    case "byte":
      bytes[at] = wireType.byte;
      view.setInt8(at + 1, header.value);
      writer.at = at + 2;
      return;
    case "short":
      bytes[at] = wireType.short;
      view.setInt16(at + 1, header.value);
      writer.at = at + 3;
      return;
    case "integer":
      bytes[at] = wireType.integer;
      view.setInt32(at + 1, header.value);
      writer.at = at + 5;
      return;
    case "long":
    case "timestamp":
      bytes[at] = wireType[header.type];
      view.setBigInt64(at + 1, header.value);
      writer.at = at + 9;
      return;
    case "uuid":
      bytes[at] = wireType.uuid;
      writeUuid(header.value, bytes, at + 1);
      writer.at = at + 17;
  }
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
