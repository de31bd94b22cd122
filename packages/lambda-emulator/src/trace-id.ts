import { Buffer } from "node:buffer";
import { writeHex } from "./hex.ts";

/** The X-Ray identifiers of one request. */
export interface Trace {
  /** `x-amzn-trace-id` as the function sees it. */
  readonly inbound: () => string;
  /** `X-Amzn-Trace-Id` of the answer. */
  readonly outbound: string;
}

/** Room for the ids of an answer, and where in it they stand. */
const text = Buffer.from(
  "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0;Lineage=1:00000000:0",
  "latin1",
);
const rootAt = 5;
const parentAt = 48;
const lineageAt = 85;

/** A new trace, or the continuation of the one that the caller's `X-Amzn-Trace-Id` names. Nothing is sampled. */
export function newTrace(now: number, random: () => number, callers: string | undefined): Trace {
  const named = callers === undefined ? undefined : rootForm.exec(callers)?.[1];
  if (named === undefined) writeRoot(now, random);
  writeDigits(parentAt, 16, random);
  writeDigits(lineageAt, 8, random);
  const ids = text.toString("latin1");
  const root = () => named ?? ids.slice(rootAt, rootAt + 35);
  return {
    inbound: () => {
      writeRoot(now, random);
      return `Self=${text.toString("latin1", rootAt, rootAt + 35)};Root=${root()}`;
    },
    outbound: named === undefined ? ids : `Root=${named}${ids.slice(rootAt + 35)}`,
  };
}

const rootForm = /(?:^|;)\s*Root=(1-[\da-f]{8}-[\da-f]{24})(?:;|$)/i;

function writeRoot(now: number, random: () => number): void {
  writeHex(text, rootAt + 2, 8, Math.floor(now / 1000));
  writeDigits(rootAt + 11, 24, random);
}

/** Random digits, by the six. */
function writeDigits(at: number, length: 8 | 16 | 24, random: () => number): void {
  for (let written = 0; written < length; written += 6) {
    const digits = Math.min(6, length - written);
    writeHex(text, at + written, digits, Math.floor(random() * 2 ** 24) >> (4 * (6 - digits)));
  }
}
