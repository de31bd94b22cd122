import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fault, formatFault, longestWait, parseFault, ServiceError } from "@eventstream-kit/service";
import type { Fault, Place } from "@eventstream-kit/service";

/** Every form: text, fault, and the canonical text where it is another one. */
const forms: readonly (readonly [string, Fault, string?])[] = [
  ["status:503", { kind: "status", status: 503 }],
  ["status:429:TooManyRequestsException", { kind: "status", status: 429, name: "TooManyRequestsException" }],
  ["status:500:com.aws#A_b-1:One: two", { kind: "status", status: 500, name: "com.aws#A_b-1", message: "One: two" }],
  ["reset", { kind: "reset", at: { byte: 0 } }],
  ["reset@byte:0", { kind: "reset", at: { byte: 0 } }, "reset"],
  ["reset@frame:1", { kind: "reset", at: { frame: 1 } }],
  ["reset@frame:2", { kind: "reset", at: { frame: 2 } }],
  ["reset@byte:300", { kind: "reset", at: { byte: 300 } }],
  ["eof", { kind: "eof", at: { byte: 0 } }],
  ["eof@frame:1", { kind: "eof", at: { frame: 1 } }],
  ["eof@byte:300", { kind: "eof", at: { byte: 300 } }],
  ["stall@frame:4:30s", { kind: "stall", at: { frame: 4 }, ms: 30_000 }],
  ["stall@byte:300:250ms", { kind: "stall", at: { byte: 300 }, ms: 250 }],
  ["stall@frame:1:1.005s", { kind: "stall", at: { frame: 1 }, ms: 1005 }, "stall@frame:1:1005ms"],
  ["stall@frame:1:2m", { kind: "stall", at: { frame: 1 }, ms: 120_000 }, "stall@frame:1:120s"],
  ["stall@frame:1:1h", { kind: "stall", at: { frame: 1 }, ms: 3_600_000 }, "stall@frame:1:3600s"],
  ["stall@frame:1:0s", { kind: "stall", at: { frame: 1 }, ms: 0 }],
  ["truncate@frame:3+5", { kind: "truncate", frame: 3, bytes: 5 }],
  ["truncate@frame:1+0", { kind: "truncate", frame: 1, bytes: 0 }],
  ["corrupt@frame:2:payload:0", { kind: "corrupt", frame: 2, part: "payload", offset: 0 }],
  ["corrupt@frame:2:prelude-crc", { kind: "corrupt", frame: 2, part: "prelude-crc" }],
  ["corrupt@frame:2:message-crc", { kind: "corrupt", frame: 2, part: "message-crc" }],
  ["corrupt@frame:2:header-len", { kind: "corrupt", frame: 2, part: "header-len" }],
  ["drop@frame:2", { kind: "drop", frame: 2 }],
  ["dup@frame:1", { kind: "dup", frame: 1 }],
  ["exception@frame:2:ThrottlingException", { kind: "exception", frame: 2, name: "ThrottlingException" }],
  ["exception@frame:2:A:Rate: 5/s", { kind: "exception", frame: 2, name: "A", message: "Rate: 5/s" }],
  ["error@frame:2:InternalFailure", { kind: "error", frame: 2, name: "InternalFailure" }],
  ["error@frame:1:x.y:two\nlines", { kind: "error", frame: 1, name: "x.y", message: "two\nlines" }],
  ["omit-complete", { kind: "omit-complete" }],
  ["rechunk:1", { kind: "rechunk", bytes: 1 }],
  ["merge", { kind: "merge" }],
  ["bandwidth:1024", { kind: "bandwidth", bytesPerSecond: 1024 }],
];

function messageOf(text: string): string {
  try {
    parseFault(text);
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

describe("parseFault and formatFault", { timeout: 30_000 }, () => {
  test.each(forms.map(([text, expected, canonical = text]) => ({ text, expected, canonical })))(
    "$text",
    ({ text, expected, canonical }) => {
      expect(parseFault(text)).toEqual(expected);
      expect(formatFault(expected)).toBe(canonical);
      expect(fault(text)).toEqual(expected);
    },
  );

  test("are each other's inverse for every fault there is", () => {
    const frame = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const place: fc.Arbitrary<Place> = fc.oneof(fc.record({ frame }), fc.record({ byte: count }));
    const name = fc.string({ minLength: 1, unit: "binary" }).filter((text) => !/[:\s\p{Surrogate}]/u.test(text));
    const message = fc.string({ minLength: 1, unit: "binary" }).filter((text) => !/\p{Surrogate}/u.test(text));
    const anyFault: fc.Arbitrary<Fault> = fc.oneof(
      fc.record({ kind: fc.constant("status"), status: fc.integer({ min: 300, max: 599 }) }),
      fc.record({
        kind: fc.constant("status"),
        status: fc.integer({ min: 300, max: 599 }),
        name: fc.stringMatching(/^[\w.#-]{1,200}$/),
        message,
      }),
      fc.record({ kind: fc.constant("bandwidth"), bytesPerSecond: frame }),
      fc.record({ kind: fc.constantFrom("reset", "eof"), at: place }),
      fc.record({ kind: fc.constant("stall"), at: place, ms: fc.nat({ max: longestWait }) }),
      fc.record({ kind: fc.constant("truncate"), frame, bytes: count }),
      fc.record({ kind: fc.constant("corrupt"), frame, part: fc.constant("payload"), offset: count }),
      fc.record({
        kind: fc.constant("corrupt"),
        frame,
        part: fc.constantFrom("prelude-crc", "message-crc", "header-len"),
      }),
      fc.record({ kind: fc.constantFrom("drop", "dup"), frame }),
      fc.record({ kind: fc.constantFrom("exception", "error"), frame, name }),
      fc.record({
        kind: fc.constantFrom("exception", "error"),
        frame,
        name,
        message,
      }),
      fc.record({ kind: fc.constantFrom("omit-complete", "merge") }),
      fc.record({ kind: fc.constant("rechunk"), bytes: frame }),
    );
    fc.assert(
      fc.property(anyFault, (given) => {
        expect(parseFault(formatFault(given))).toEqual(given);
      }),
    );
  });

  test("any text is a fault or a ServiceError", () => {
    const pieces = [
      "reset",
      "eof",
      "stall",
      "@",
      "frame",
      "byte",
      ":",
      "1",
      "30s",
      "+",
      "payload",
      "corrupt",
      "-",
      "é",
      " ",
    ];
    const anyText = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(anyText, (given) => {
        let thrown: unknown;
        try {
          parseFault(given);
        } catch (error) {
          thrown = error;
        }
        expect(thrown === undefined || thrown instanceof ServiceError).toBe(true);
      }),
    );
  });
});

describe("what is no fault", () => {
  test.each([
    "",
    "nonsense",
    "Reset",
    " reset",
    "reset ",
    "reset@",
    "reset@frame",
    "reset@frame:",
    "reset@frame:-1",
    "reset@frame:1.5",
    "reset@frame:two",
    "reset@line:2",
    "reset:2",
    "eof@byte:1e3",
    "stall@frame:4",
    "stall@frame:4:30",
    "stall@frame:4:30d",
    "stall@frame:4:s",
    "stall@frame:4:-1s",
    "truncate@frame:3",
    "truncate@byte:3+5",
    "corrupt@frame:2",
    "corrupt@frame:2:payload",
    "corrupt@frame:2:payload:x",
    "corrupt@frame:2:header-crc",
    "drop",
    "drop@byte:2",
    "dup@frame:1:2",
    "exception@frame:2",
    "exception@frame:2:",
    "exception@frame:2:Two words",
    "exception@frame:2:Name:",
    "error@byte:2:Name",
    "omit-complete@frame:1",
    "rechunk",
    "rechunk:",
    "merge:1",
    "status",
    "status:abc",
    "status:503:",
    "status:503:Two words",
    "status:503:Name:",
    "bandwidth",
    "bandwidth:fast",
    "bandwidth:64KiB",
    "toString",
    "constructor:1",
    "__proto__",
  ])("%j is refused as fault_syntax", (text) => {
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ name: "ServiceError", code: "fault_syntax" }));
  });

  test.each([
    "status:299",
    "status:600",
    "reset@frame:0",
    "eof@byte:9007199254740993",
    "stall@frame:1:0.5ms",
    "stall@frame:1:25000h",
    "truncate@frame:0+5",
    "drop@frame:0",
    "rechunk:0",
    "bandwidth:0",
    "status:503:Naïve",
  ])("%j is refused as fault_range", (text) => {
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ code: "fault_range" }));
  });

  test.each<[string, unknown]>([
    ["an unknown kind", { kind: "sleep" }],
    ["no kind", {}],
    ["nothing", undefined],
    ["null", null],
    ["a number", 5],
    ["no place", { kind: "reset" }],
    ["the place null", { kind: "eof", at: null }],
    ["a place that is none", { kind: "stall", at: "frame:2", ms: 5 }],
    ["no name", { kind: "exception", frame: 1 }],
    ["a type that is no text", { kind: "status", status: 503, name: true, message: "Why" }],
    ["a message that is no text", { kind: "status", status: 503, name: "a", message: 5 }],
    ["a fraction", { kind: "drop", frame: 1.5 }],
    ["a name with a colon", { kind: "error", frame: 1, name: "a:b" }],
    ["an empty name", { kind: "error", frame: 1, name: "" }],
    ["a lone surrogate", { kind: "error", frame: 1, name: "\ud800" }],
    ["a message of more than 10,000 characters", { kind: "error", frame: 1, name: "a", message: "x".repeat(10_001) }],
    ["an empty message", { kind: "exception", frame: 1, name: "a", message: "" }],
    ["a type that no header can hold", { kind: "status", status: 503, name: "a\r\nb" }],
    ["a message without a type", { kind: "status", status: 503, message: "Why" }],
    ["an empty message beside a type", { kind: "status", status: 503, name: "a", message: "" }],
  ])("a fault with %s is refused as fault_range", (_what, given) => {
    expect(() => formatFault(given as Fault)).toThrow(expect.objectContaining({ code: "fault_range" }));
  });

  test("messages say what was found and what is expected", () => {
    expect(messageOf("truncate@frame:3")).toBe(
      'Could not read the fault "truncate@frame:3"; expected something like truncate@frame:3+5',
    );
    expect(messageOf("reset@2")).toBe(
      'Could not read the fault "reset@2"; expected one like reset, reset@frame:2, reset@byte:300',
    );
    expect(messageOf("trunkate@frame:3+5")).toContain(
      "expected one like status:503, status:429:TooManyRequestsException, reset, reset@frame:2",
    );
    expect(messageOf("drop@frame:0")).toBe(
      "A fault has the frame 0; expected a whole number, 1 or more; frames are counted from 1",
    );
    expect(messageOf("status:200")).toBe("A fault has the status 200; expected a whole number, 300 to 599");
  });
});
