import type { MessageHeaders } from "./headers.ts";

/**
 * A typed header value. The wire has ten types; `true` and `false` share one here.
 *
 * `byte`, `short` and `integer` are signed integers of 8, 16 and 32 bits; `long` and `timestamp` are exact signed 64-bit
 * integers; a timestamp counts milliseconds since the Unix epoch. A `uuid` is canonical lower-case text.
 */
export type HeaderValue =
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "byte" | "short" | "integer"; readonly value: number }
  | { readonly type: "long"; readonly value: bigint }
  | { readonly type: "binary"; readonly value: Uint8Array }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "timestamp"; readonly value: bigint }
  | { readonly type: "uuid"; readonly value: string };

/**
 * What a caller may write for a header value: a {@link HeaderValue}, or the shorthand `string`, `boolean`,
 * `Uint8Array` (binary), `bigint` (long), `Date` (timestamp). A bare number is refused: say `byte()`, `short()`,
 * `int32()` or `long()`. A `long` or `timestamp` may be given as a number when it is a safe integer.
 */
export type HeaderInput =
  | HeaderValue
  | { readonly type: "long" | "timestamp"; readonly value: number }
  | string
  | boolean
  | Uint8Array
  | bigint
  | Date;

/**
 * Headers in any form the encoder takes. Order is kept; a plain object has integer-like names such as `"2"` first,
 * whatever the order they were written in.
 */
export type HeadersInput =
  | MessageHeaders
  | ReadonlyMap<string, HeaderInput>
  | Iterable<readonly [string, HeaderInput]>
  | Readonly<Record<string, HeaderInput>>;

/** One decoded message: typed headers in wire order and a payload. */
export interface Message {
  readonly headers: MessageHeaders;
  readonly payload: Uint8Array;
}

/** A message to encode. A {@link Message} is one. */
export interface MessageInput {
  /** Default: none. */
  readonly headers?: HeadersInput | undefined;
  /** A string is encoded as UTF-8. Default: empty. */
  readonly payload?: Uint8Array | string | undefined;
}
