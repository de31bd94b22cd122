import type { HeaderValue, Message } from "@eventstream-kit/codec";
import { toHex } from "./bytes.ts";

/** A message as plain data: what a test expects, and what a vector file holds. */
export interface PlainMessage {
  /** Name, type, value. 64-bit integers are decimal text, bytes hexadecimal text. */
  readonly headers: readonly (readonly [name: string, type: HeaderValue["type"], value: string | number | boolean])[];
  /** Hexadecimal text. */
  readonly payload: string;
}

export function plain({ headers, payload }: Message): PlainMessage {
  return {
    headers: Array.from(headers, ([name, { type, value }]) => [name, type, plainValue(value)] as const),
    payload: toHex(payload),
  };
}

function plainValue(value: HeaderValue["value"]): string | number | boolean {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? toHex(value) : value;
}
