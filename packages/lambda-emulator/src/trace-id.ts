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

/** Digits by the six: small integers, which are quick to print. */
function hex(length: 8 | 16 | 24, random: () => number): string {
  let digits = "";
  while (digits.length < length) digits += (Math.floor(random() * 2 ** 24) + 2 ** 24).toString(16).slice(1);
  return digits.slice(0, length);
}
