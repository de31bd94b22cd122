import * as fc from "fast-check";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { decodeCodes } from "./fuzz/judge.ts";
import { fuzzTargets } from "./fuzz/targets.ts";

// A mutation test runs this hundreds of times, and has better tests to go by.
const most = Number(process.env["EVENTSTREAM_FUZZ_RUNS"] ?? Number.POSITIVE_INFINITY);

/** What the inputs must have reached, so that none of them is refused at the door. */
const reached: Readonly<Record<string, readonly string[]>> = {
  raw: ["prelude_crc", "truncated"],
  prelude: ["length_relation", "too_large", "truncated", "trailing_bytes"],
  lengths: ["length_relation", "truncated", "trailing_bytes", "header_overrun"],
  "mutated-headers": ["message", "header_overrun", "header_type", "header_utf8"],
  "built-headers": ["message", ...decodeCodes.filter((code) => code.startsWith("header_"))],
  chunking: ["message", "message_crc", "prelude_crc", "truncated"],
  values: ["accepted", "encode_type"],
  json: ["accepted", "encode_type"],
  events: ["events", "exception", "error", "message_type", "event_type"],
  signing: ["verified", "signature_mismatch", "signing_end_missing"],
};

describe("format case 80: fuzzing", () => {
  test.each(fuzzTargets)("$name: $claim", async ({ name, runs, property }) => {
    const seen = new Set<string>();
    const note = (verdict: string) => void seen.add(verdict);
    await fc.assert(property(note) as fc.IAsyncProperty<unknown>, { numRuns: Math.min(runs, most) });
    expect(runs > most ? [] : (reached[name] ?? []).filter((verdict) => !seen.has(verdict))).toEqual([]);
  });
});
