import { describe, expect, test } from "vitest";
import { applyFaults, formatFault, randomFault } from "@eventstream-kit/service";
import type { Fault } from "@eventstream-kit/service";
import { eventStreamLine, frames, replyOf, stepsOf } from "./support.ts";

const seeds = Array.from({ length: 500 }, (_, seed) => seed);
const steps = (fault: Fault) => stepsOf(applyFaults(replyOf(frames, [eventStreamLine]), [fault]).body);

describe("randomFault", () => {
  test("the same seed gives the same fault, and the same bytes", async () => {
    for (const seed of seeds) {
      const fault = randomFault(seed, { frames: 4 });
      expect(randomFault(seed, { frames: 4 })).toEqual(fault);
      expect(await steps(fault)).toEqual(await steps(fault));
    }
    // Written down, because a fault that a test names by its seed must be the same one in the next release.
    expect([0, 1, 2, -1, 1_700_000_000_000].map((seed) => formatFault(randomFault(seed, { frames: 4 })))).toEqual([
      "truncate@frame:1+4",
      "exception@frame:1:ThrottlingException",
      "omit-complete",
      "rechunk:46",
      "rechunk:34",
    ]);
  });

  test("gives every kind that it may, at every frame, and each is reached", async () => {
    const given = seeds.map((seed) => randomFault(seed, { frames: 4 }));
    for (const fault of given) expect((await steps(fault)).find((step) => step instanceof Error)).toBeUndefined();
    expect([...new Set(given.map(({ kind }) => kind))].sort()).toEqual(
      "corrupt drop dup eof error exception merge omit-complete rechunk reset truncate".split(" "),
    );
    const dropped = given.flatMap((fault) => (fault.kind === "drop" ? [fault.frame] : []));
    expect(new Set(dropped)).toEqual(new Set([1, 2, 3, 4]));
  });

  test("kinds narrows the choice, or widens it", () => {
    const kinds = ["status", "stall", "bandwidth"] as const;
    const given = new Set(seeds.map((seed) => randomFault(seed, { frames: 1, kinds }).kind));
    expect(given).toEqual(new Set(kinds));
  });

  test.each<[string, number, Parameters<typeof randomFault>[1]]>([
    ["a seed that is a fraction", 0.5, { frames: 1 }],
    ["no frames", 1, { frames: 0 }],
    ["no kinds", 1, { frames: 1, kinds: [] }],
    ["an unknown kind", 1, { frames: 1, kinds: ["sleep" as "stall"] }],
  ])("%s is refused as fault_range", (_what, seed, options) => {
    expect(() => randomFault(seed, options)).toThrow(expect.objectContaining({ code: "fault_range" }));
  });
});
