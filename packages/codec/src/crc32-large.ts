import { viewOf } from "./bytes.ts";
import { foldingCrc32 } from "./crc32-fold.ts";
import { nativeCrc32 } from "./crc32-native.ts";
import { crc32Sliced } from "./crc32-sliced.ts";
import { crcTables } from "./crc32-tables.ts";

/** A way to go on from the CRC-32 `seed` over the next bytes: at least `leastBytes` of them. */
export type Crc32 = (bytes: Uint8Array, seed: number) => number;

/** What is shorter is summed byte by byte before anything has been called. */
export const leastBytes = 16;

/** Milliseconds; stands still where there is no clock. */
function platformClock(): number {
  return (globalThis as { readonly performance?: { now(): number } }).performance?.now() ?? 0;
}

/** When plain JavaScript has taken half a millisecond: about what the alternatives cost to set up. */
const firstChoice = 2 ** 20;

/**
 * A CRC-32 that finds the quickest way by itself, not by a table of platforms: `zlib.crc32` has a third of the speed of
 * WebAssembly in Node on x64, and three times as much in Bun and Deno.
 *
 * It begins with plain JavaScript. After 1 MiB it takes the first of the alternatives that works here; whoever reads a
 * few messages never pays for it. After 16 MiB it measures all of them: compilers optimise what is called often, and
 * in Node that takes WebAssembly some 5 MB. They do so when they have time, so it measures again after 256 MiB, and so on.
 *
 * @param plain Plain JavaScript.
 * @param alternatives Each makes a `Crc32`, or returns undefined or throws where there is none.
 * @param now A clock of any unit. A coarse one, or one that stands still, sees no difference and so changes nothing.
 */
export function chooseCrc32(
  plain: Crc32,
  alternatives: readonly (() => Crc32 | undefined)[],
  now: () => number,
): Crc32 {
  let candidates: readonly Crc32[] = [plain];
  let chosen = plain;
  let seen = 0;
  let next = firstChoice;
  return (bytes, seed) => {
    seen += bytes.length;
    if (seen >= next) {
      if (next === firstChoice) candidates = [...alternatives.flatMap(working), plain];
      chosen = next === firstChoice ? candidates[0]! : quickest(candidates, now);
      next *= 16;
    }
    return chosen(bytes, seed);
  };
}

function sliced(bytes: Uint8Array, seed: number): number {
  return crc32Sliced(viewOf(bytes), 0, bytes.length, seed) >>> 0;
}

/** Bytes to try things with: as good as random, and here anyway. */
const sample = () => new Uint8Array(crcTables.buffer);

/** What can be had here and is right: anything may stand where `zlib` is looked for. */
function working(make: () => Crc32 | undefined): readonly Crc32[] {
  try {
    const crc32 = make();
    return crc32?.(sample(), 1) === sliced(sample(), 1) ? [crc32] : [];
  } catch {
    return [];
  }
}

/** The quickest; the first of equals. */
function quickest(candidates: readonly Crc32[], now: () => number): Crc32 {
  const bytes = sample();
  const least = candidates.map(() => Infinity);
  // In turns and the least of many, since the machine has other things to do, too. A fifth of a millisecond in all.
  for (let round = 0; round < 20; round++) {
    for (const [i, crc32] of candidates.entries()) {
      const start = now();
      crc32(bytes, 1);
      least[i] = Math.min(least[i]!, now() - start);
    }
  }
  return candidates[least.indexOf(Math.min(...least))]!;
}

/** CRC-32 of a block of at least `leastBytes`, as quickly as this platform can. Here, where all it needs has been initialised. */
export const crc32Large = /* @__PURE__ */ chooseCrc32(sliced, [foldingCrc32, nativeCrc32], platformClock);
