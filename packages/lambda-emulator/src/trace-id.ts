import { Buffer } from "node:buffer";

/** The X-Ray identifiers of one request. */
export interface Trace {
  /** `x-amzn-trace-id` as the function sees it. */
  readonly inbound: () => string;
  /** `X-Amzn-Trace-Id` of the answer. */
  readonly outbound: string;
}

/** A new trace, or the continuation of the one that the caller's `X-Amzn-Trace-Id` names. Nothing is sampled. */
export function newTrace(now: number, random: () => number, callers: string | undefined): Trace {
  const seconds = Math.floor(now / 1000).toString(16);
  const newId = () => `1-${seconds.padStart(8, "0")}-${hex(24, random)}`;
  const root = /(?:^|;)\s*Root=(1-[\da-f]{8}-[\da-f]{24})(?:;|$)/i.exec(callers ?? "")?.[1] ?? newId();
  return {
    inbound: () => `Self=${newId()};Root=${root}`,
    outbound: `Root=${root};Parent=${hex(16, random)};Sampled=0;Lineage=1:${hex(8, random)}:0`,
  };
}

const hexCodes = Buffer.from("0123456789abcdef", "latin1");
const digits = Buffer.alloc(24);

/** Digits by the six, into memory first: text put together by the digit took 1 KB for each call, and twice the time. */
function hex(length: 8 | 16 | 24, random: () => number): string {
  for (let at = 0; at < length; at += 6) {
    const bits = Math.floor(random() * 2 ** 24);
    for (let digit = 0; digit < 6; digit++) digits[at + digit] = hexCodes[(bits >> (20 - 4 * digit)) & 15]!;
  }
  return digits.toString("latin1", 0, length);
}
