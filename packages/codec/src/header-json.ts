import { badField } from "./bad-field.ts";
import { toBase64 } from "./base64.ts";
import { encodedLength } from "./encode-message.ts";
import { EventStreamError } from "./errors.ts";
import { toHeaderValue } from "./header-values.ts";
import { base64Bytes } from "./payload-json.ts";
import type { HeaderInput, HeaderValue } from "./types.ts";

/**
 * One header in JSON notation. Types are named as in the Smithy specification. Integers up to 32 bits are numbers;
 * `long` and `timestamp` (milliseconds since the Unix epoch) are decimal strings, which lose nothing; `binary` is base64.
 */
export type HeaderJson = readonly [name: string, type: HeaderValue["type"], value: boolean | number | string];

/** Optional sign, no leading zero, at most the digits of 2^63: more would only take time to parse. */
const decimal = /^(?:0|-?[1-9]\d{0,18})$/;

export function headerToJson([name, header]: readonly [string, HeaderValue]): HeaderJson {
  const { type, value } = toHeaderValue(header, `Writing header ${JSON.stringify(name)} as JSON`, name);
  if (type === "long" || type === "timestamp") return [name, type, String(value)];
  if (type === "binary") return [name, type, toBase64(value)];
  return [name, type, value];
}

export function headerFromJson(entry: unknown, field: string): [string, HeaderValue] {
  if (!Array.isArray(entry) || entry.length !== 3) throw badField(field, entry, "[name, type, value]");
  const [name, type, value] = entry as unknown[];
  if (typeof name !== "string") throw badField(`${field}[0]`, name, "a string");
  return checkedHeader(name, { type, value: fromJson(type, value, `${field}[2]`) } as HeaderInput, field);
}

/** The value as `toHeaderValue` wants it, where JSON has no form for that. */
function fromJson(type: unknown, value: unknown, field: string): unknown {
  switch (type) {
    case "long":
    case "timestamp":
      if (typeof value !== "string" || !decimal.test(value))
        throw badField(field, value, "an integer as a decimal string");
      return BigInt(value);
    case "binary":
      return base64Bytes(value, field);
    default:
      return value;
  }
}

/** A header that can be encoded, or an error that says where it stands. */
export function checkedHeader(name: string, input: HeaderInput, field: string): [string, HeaderValue] {
  try {
    const value = toHeaderValue(input, "Checking the value", name);
    encodedLength({ headers: [[name, value]] }, { limits: "wire" });
    return [name, value];
  } catch (cause) {
    if (!(cause instanceof EventStreamError)) throw cause;
    const problem = `Reading a message from JSON: ${field} cannot be encoded: ${cause.message}`;
    throw new EventStreamError(cause.code, problem, { field, header: name, cause });
  }
}
