import { describe, isBytes } from "./bytes.ts";
import type { EncodeErrorCode } from "./errors.ts";
import { EventStreamError } from "./errors.ts";
import type { HeaderInput, HeaderValue } from "./types.ts";
import { canonicalUuid } from "./uuid.ts";

/** The value of one type, as `{ type, value }`. */
type Value<T extends HeaderValue["type"]> = Extract<HeaderValue, { readonly type: T }>;

/**
 * A `byte` header value.
 *
 * @param value An integer from -128 to 127.
 * @throws {EventStreamError} `encode_range` or `encode_type`
 */
export function byte(value: number): { readonly type: "byte"; readonly value: number } {
  return { type: "byte", value: integer(value, 0x7f, "byte()") };
}

/**
 * A `short` header value.
 *
 * @param value An integer from -32,768 to 32,767.
 * @throws {EventStreamError} `encode_range` or `encode_type`
 */
export function short(value: number): { readonly type: "short"; readonly value: number } {
  return { type: "short", value: integer(value, 0x7fff, "short()") };
}

/**
 * An `integer` header value: 32 bits.
 *
 * @param value An integer from -2,147,483,648 to 2,147,483,647.
 * @throws {EventStreamError} `encode_range` or `encode_type`
 */
export function int32(value: number): { readonly type: "integer"; readonly value: number } {
  return { type: "integer", value: integer(value, 0x7fff_ffff, "int32()") };
}

/**
 * A `long` header value: 64 bits.
 *
 * @param value A bigint from -2^63 to 2^63 - 1, or a number that is a safe integer.
 * @throws {EventStreamError} `encode_range` or `encode_type`
 */
export function long(value: bigint | number): Value<"long"> {
  return { type: "long", value: int64(value, "long()") };
}

/**
 * A `timestamp` header value.
 *
 * @param value A Date, or whole milliseconds since the Unix epoch as a bigint or a safe integer.
 * @throws {EventStreamError} `encode_range` or `encode_type`; the latter for an invalid Date.
 */
export function timestamp(value: Date | bigint | number): Value<"timestamp"> {
  return { type: "timestamp", value: milliseconds(value, "timestamp()") };
}

/**
 * A `uuid` header value.
 *
 * @param value Text such as `123e4567-e89b-12d3-a456-426614174000`, in upper or lower case.
 * @throws {EventStreamError} `encode_type`
 */
export function uuid(value: string): Value<"uuid"> {
  return { type: "uuid", value: uuidOf(value, "uuid()") };
}

/** How far from the epoch a Date can be, in milliseconds (ECMA-262, "Time Values and Time Range"). */
const maxDate = 8_640_000_000_000_000n;

/**
 * The Date of a `timestamp` header's value.
 *
 * @param value Milliseconds since the Unix epoch. The wire allows more than a Date can hold.
 * @throws {EventStreamError} `invalid_argument` outside ±8,640,000,000,000,000.
 */
export function timestampToDate(value: bigint): Date {
  if (typeof value !== "bigint" || value > maxDate || value < -maxDate) {
    const expected = "a bigint that a Date can hold, at most 8640000000000000 from 0";
    throw new EventStreamError("invalid_argument", `Making a Date: found ${describe(value)}, expected ${expected}`);
  }
  return new Date(Number(value));
}

/**
 * The typed and checked value for what a caller wrote.
 *
 * @param doing What to say in an error. Default: that the header is being encoded. The text is only made when it is needed.
 * @throws {EventStreamError} `encode_type` or `encode_range`
 */
export function toHeaderValue(input: HeaderInput, doing: string | undefined, header?: string): HeaderValue {
  if (typeof input === "string") return { type: "string", value: input };
  if (typeof input === "boolean") return { type: "boolean", value: input };
  if (typeof input === "bigint") return { type: "long", value: int64(input, doing, header) };
  if (typeof input === "object" && input !== null) {
    if (isBytes(input)) return { type: "binary", value: input };
    if (input instanceof Date) return { type: "timestamp", value: milliseconds(input, doing, header) };
    const { type, value } = input as Partial<Record<"type" | "value", unknown>>;
    if (type !== undefined) return typedValue(type, value, doing, header);
  }
  // `5` could be any of four types, and the wrong one is a different message.
  const expected =
    typeof input === "number"
      ? "a number with its width: byte(), short(), int32() or long()"
      : "a string, boolean, Uint8Array, bigint, Date or { type, value }";
  throw refuse("encode_type", doing, input, expected, header);
}

/** The same for the type and the value of what was written as an object. */
export function typedValue(type: unknown, value: unknown, doing: string | undefined, header?: string): HeaderValue {
  switch (type) {
    case "boolean":
      if (typeof value !== "boolean") throw refuse("encode_type", doing, value, "a boolean", header);
      return { type, value };
    case "byte":
      return { type, value: integer(value, 0x7f, doing, header) };
    case "short":
      return { type, value: integer(value, 0x7fff, doing, header) };
    case "integer":
      return { type, value: integer(value, 0x7fff_ffff, doing, header) };
    case "long":
      return { type, value: int64(value, doing, header) };
    case "binary":
      if (!isBytes(value)) throw refuse("encode_type", doing, value, "a Uint8Array", header);
      return { type, value };
    case "string":
      if (typeof value !== "string") throw refuse("encode_type", doing, value, "a string", header);
      return { type, value };
    case "timestamp":
      return { type, value: milliseconds(value, doing, header) };
    case "uuid":
      return { type, value: uuidOf(value, doing, header) };
    default: {
      const expected = "the type boolean, byte, short, integer, long, binary, string, timestamp or uuid";
      throw refuse("encode_type", doing, type, expected, header);
    }
  }
}

function integer(value: unknown, max: number, doing: string | undefined, header?: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= -max - 1 && value <= max) return value;
  const code = typeof value === "number" ? "encode_range" : "encode_type";
  throw refuse(code, doing, value, `an integer from ${-max - 1} to ${max}`, header);
}

function int64(value: unknown, doing: string | undefined, header?: string): bigint {
  const expected = "a bigint from -2^63 to 2^63 - 1, or a safe integer";
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw refuse("encode_range", doing, value, expected, header);
    return BigInt(value);
  }
  if (typeof value !== "bigint") throw refuse("encode_type", doing, value, expected, header);
  if (BigInt.asIntN(64, value) !== value) throw refuse("encode_range", doing, value, expected, header);
  return value;
}

function milliseconds(value: unknown, doing: string | undefined, header?: string): bigint {
  if (!(value instanceof Date)) return int64(value, doing, header);
  const time = value.getTime();
  if (Number.isNaN(time)) {
    throw invalid("encode_type", doing, "found an invalid Date, expected a valid one", header);
  }
  return BigInt(time);
}

function uuidOf(value: unknown, doing: string | undefined, header?: string): string {
  const canonical = typeof value === "string" ? canonicalUuid(value) : undefined;
  if (canonical === undefined) {
    throw refuse("encode_type", doing, value, "a UUID such as 123e4567-e89b-12d3-a456-426614174000", header);
  }
  return canonical;
}

function refuse(
  code: EncodeErrorCode,
  doing: string | undefined,
  found: unknown,
  expected: string,
  header?: string,
): EventStreamError {
  return invalid(code, doing, `found ${describe(found)}, expected ${expected}`, header);
}

function invalid(code: EncodeErrorCode, doing: string | undefined, problem: string, header?: string): EventStreamError {
  const what = doing ?? `Encoding header ${JSON.stringify(header)}`;
  return new EventStreamError(code, `${what}: ${problem}`, header === undefined ? {} : { header });
}
