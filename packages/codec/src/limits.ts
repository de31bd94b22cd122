import { describe } from "./bytes.ts";
import { EventStreamError } from "./errors.ts";

/**
 * Which size limits apply.
 *
 * - `specification`: payload 25,165,824 bytes (24 MiB), header block 131,072 bytes (128 KiB), string and binary header
 *   values 32,767 bytes, as the Smithy specification of `application/vnd.amazon.eventstream` says.
 * - `wire`: only what the length fields can hold: values of 65,535 bytes, messages of 4,294,967,295 bytes.
 *
 * Header names have 1 to 255 bytes under both.
 */
export type Limits = "specification" | "wire";

/** Upper bounds in bytes, all inclusive. */
export interface SizeLimits {
  readonly message: number;
  readonly payload: number;
  readonly headers: number;
  readonly value: number;
}

const widestLength = 0xffff_ffff;

const sizes: Readonly<Record<Limits, SizeLimits>> = {
  specification: { message: widestLength, payload: 25_165_824, headers: 131_072, value: 32_767 },
  wire: { message: widestLength, payload: widestLength, headers: widestLength, value: 65_535 },
};

/** Bytes a header name may have at most: its length is one byte. */
export const maxNameBytes = 255;

/** The longest message a decoder accepts unless told otherwise: a safety cap, not a limit of the format. */
export const defaultMaxMessageBytes = 256 * 1024 * 1024;

/** The bounds behind a `limits` option. */
export function sizeLimits(limits: Limits): SizeLimits {
  if (limits !== "specification" && limits !== "wire") {
    throw new EventStreamError(
      "invalid_argument",
      `Reading the options: limits is ${describe(limits)}, expected "specification" or "wire"`,
    );
  }
  return sizes[limits];
}
