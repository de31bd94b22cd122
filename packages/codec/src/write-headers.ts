import { EventStreamError } from "./errors.ts";
import { headerEntries } from "./header-entries.ts";
import { lengthPrefixed, valueBytes, wireType } from "./header-types.ts";
import type { SizeLimits } from "./limits.ts";
import { maxNameBytes } from "./limits.ts";
import type { HeadersInput, HeaderValue } from "./types.ts";
import { utf8Length, writeUtf8 } from "./utf8.ts";
import { writeUuid } from "./uuid.ts";

/** A header that has been checked, with the sizes it takes. */
interface PlannedHeader {
  readonly name: string;
  readonly nameBytes: number;
  readonly header: HeaderValue;
  /** Without a length before it. */
  readonly valueBytes: number;
}

/** A header block that can be written without a further question. */
export interface HeaderPlan {
  readonly headers: readonly PlannedHeader[];
  readonly byteLength: number;
}

/** Checks all headers and adds up their sizes. */
export function planHeaders(input: HeadersInput, limits: SizeLimits): HeaderPlan {
  const headers: PlannedHeader[] = [];
  let byteLength = 0;
  for (const [name, header] of headerEntries(input)) {
    const planned = planHeader(name, header, limits);
    const prefix = valueBytes[typeByte(header)] === lengthPrefixed ? 2 : 0;
    headers.push(planned);
    byteLength += 1 + planned.nameBytes + 1 + prefix + planned.valueBytes;
  }
  if (byteLength > limits.headers) {
    const problem = `Encoding headers: they take ${byteLength} bytes, expected at most ${limits.headers}`;
    const details = { expected: limits.headers, received: byteLength, limit: "headers" } as const;
    throw new EventStreamError("encode_limit", problem, details);
  }
  return { headers, byteLength };
}

function planHeader(name: string, header: HeaderValue, limits: SizeLimits): PlannedHeader {
  const doing = `Encoding header ${JSON.stringify(name)}`;
  const nameBytes = textBytes(name, "a name", doing, name);
  if (nameBytes < 1 || nameBytes > maxNameBytes) {
    const details = { header: name, expected: maxNameBytes, received: nameBytes, limit: "name" } as const;
    const problem = `${doing}: the name has ${nameBytes} bytes in UTF-8, expected 1 to ${maxNameBytes}`;
    throw new EventStreamError("encode_limit", problem, details);
  }
  const size =
    header.type === "string"
      ? textBytes(header.value, "a value", doing, name)
      : header.type === "binary"
        ? header.value.length
        : valueBytes[typeByte(header)]!;
  if (size > limits.value) {
    const details = { header: name, expected: limits.value, received: size, limit: "value" } as const;
    const problem = `${doing}: the value has ${size} bytes, expected at most ${limits.value}`;
    throw new EventStreamError("encode_limit", problem, details);
  }
  return { name, nameBytes, header, valueBytes: size };
}

function textBytes(text: string, what: string, doing: string, header: string): number {
  const length = utf8Length(text);
  if (length === undefined) {
    const problem = `${doing}: found ${what} with a lone surrogate, expected text that UTF-8 can hold`;
    throw new EventStreamError("encode_type", problem, { header });
  }
  return length;
}

function typeByte(header: HeaderValue): number {
  return header.type === "boolean" ? (header.value ? wireType.true : wireType.false) : wireType[header.type];
}

/** Writes the block at `start`. */
export function writeHeaders(plan: HeaderPlan, bytes: Uint8Array, view: DataView, start: number): void {
  let at = start;
  for (const { name, nameBytes, header, valueBytes: size } of plan.headers) {
    bytes[at] = nameBytes;
    writeUtf8(name, nameBytes, bytes, at + 1);
    at += 1 + nameBytes;
    bytes[at++] = typeByte(header);
    switch (header.type) {
      case "boolean":
        break;
      case "byte":
        view.setInt8(at, header.value);
        break;
      case "short":
        view.setInt16(at, header.value);
        break;
      case "integer":
        view.setInt32(at, header.value);
        break;
      case "long":
      case "timestamp":
        view.setBigInt64(at, header.value);
        break;
      case "binary":
        view.setUint16(at, size);
        at += 2;
        bytes.set(header.value, at);
        break;
      case "string":
        view.setUint16(at, size);
        at += 2;
        writeUtf8(header.value, size, bytes, at);
        break;
      case "uuid":
        writeUuid(header.value, bytes, at);
        break;
    }
    at += size;
  }
}
