import { crc32 as oracle } from "@aws-crypto/crc32";
import { crc32 } from "@eventstream-kit/codec";
import * as fc from "fast-check";
import process from "node:process";
import { expect, test } from "vitest";
import { foldModule, restBytes, roundBytes, windowBytes } from "../src/crc32-fold-module.ts";
import { foldingCrc32 } from "../src/crc32-fold.ts";
import { crc32Large, leastBytes } from "../src/crc32-large.ts";
import type { Crc32 } from "../src/crc32-large.ts";
import { nativeCrc32 } from "../src/crc32-native.ts";
import { crc32Range } from "../src/crc32-range.ts";
import { crc32Sliced } from "../src/crc32-sliced.ts";
import { concat, cut, embed } from "./support/bytes.ts";
import { seeded } from "./support/random.ts";

/** `npm run mutation` has no time for all lengths. */
const hurry = process.env["EVENTSTREAM_FUZZ_RUNS"] !== undefined;
const lengthStep = hurry ? 13 : 1;
const alignments = hurry ? 2 : 16;
const numRuns = hurry ? 10 : 100;

/** Every way there is to a CRC-32, and the fewest bytes it takes. */
const ways: readonly { readonly name: string; readonly least: number; readonly crc32: Crc32 }[] = [
  { name: "crc32", least: 0, crc32 },
  { name: "plain JavaScript", least: 0, crc32: over(crc32Sliced) },
  { name: "a range, whichever way it takes", least: 0, crc32: over(crc32Range) },
  { name: "WebAssembly", least: 4, crc32: foldingCrc32() },
  { name: "native", least: 0, crc32: nativeCrc32()! },
  { name: "the way that is chosen", least: leastBytes, crc32: crc32Large },
];

/** In the middle of a view on more. Its sums are signed. */
function over(range: (view: DataView, start: number, end: number, seed: number) => number): Crc32 {
  return (bytes, seed) => {
    const start = Math.min(3, bytes.byteOffset);
    const view = new DataView(bytes.buffer, bytes.byteOffset - start);
    return range(view, start, start + bytes.length, seed) >>> 0;
  };
}

function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = seeded(seed);
  return Uint8Array.from({ length }, () => 256 * random());
}

test.for(ways)("every length to 2,000 at every alignment: $name", ({ crc32: way, least }) => {
  const bytes = noise(2_000, 1);
  const around = Array.from({ length: alignments }, (_, before) => embed(bytes, 0xff, before));
  const wrong: string[] = [];
  for (let length = least; length <= bytes.length; length += lengthStep) {
    const expected = oracle(bytes.subarray(0, length));
    for (const [alignment, embedded] of around.entries()) {
      const found = way(embedded.subarray(0, length), 0);
      if (found !== expected) wrong.push(`${length} bytes at ${alignment}: ${found}, expected ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("few bytes are right, too, when so much was summed that another way than plain JavaScript is taken", () => {
  crc32(new Uint8Array(2 ** 21));
  const bytes = noise(40, 2);
  for (let length = 0; length <= bytes.length; length++) {
    const few = bytes.subarray(0, length);
    expect([length, crc32(few), over(crc32Range)(few, 0)]).toEqual([length, oracle(few), oracle(few)]);
  }
});

const round = 3 * roundBytes + restBytes;
const sizes = [
  65_535,
  65_536,
  65_537,
  round - 1,
  round,
  round + 1,
  windowBytes - roundBytes,
  windowBytes - roundBytes + 1,
  windowBytes - 1,
  windowBytes,
  windowBytes + 1,
  2 * windowBytes,
  2 * windowBytes + 1,
  400_001,
];
test.for(ways)("what fills a window, and more: $name", ({ crc32: way }) => {
  const bytes = noise(400_001, 2);
  for (const size of sizes)
    expect(way(bytes.subarray(0, size), 7), `${size} bytes`).toBe(nativeCrc32()!(bytes.subarray(0, size), 7));
  expect(way(bytes, 0)).toBe(oracle(bytes));
});

test.for(ways)("anything, after anything, from any seed: $name", ({ crc32: way, least }) => {
  const parts = fc.array(fc.uint8Array({ minLength: least, maxLength: least + 700, size: "max" }), { maxLength: 4 });
  fc.assert(
    fc.property(parts, fc.nat(0xffff_ffff), (blocks, seed) => {
      let sum = 0;
      for (const block of blocks) sum = way(block, sum);
      expect(sum).toBe(oracle(concat(...blocks)));
      for (const block of blocks) expect(way(block, seed)).toBe(nativeCrc32()!(block, seed));
    }),
    { numRuns },
  );
});

test.for(ways)("the sums of parts go on, wherever the cuts are: $name", ({ crc32: way, least }) => {
  const bytes = noise(200_000, 3);
  const expected = oracle(bytes);
  const places = fc.uniqueArray(fc.integer({ min: least, max: bytes.length - least }), { maxLength: 5 });
  fc.assert(
    fc.property(places, (unsorted) => {
      const parts = cut(bytes, ...unsorted.toSorted((a, b) => a - b));
      fc.pre(parts.every((part) => part.length >= least));
      const sum = parts.reduce((before, part) => way(part, before), 0);
      expect(sum).toBe(expected);
    }),
    { numRuns: numRuns / 5 },
  );
});

test.for(ways)("a single bit anywhere makes a difference, the right one: $name", ({ crc32: way }) => {
  const bytes = new Uint8Array(1_500);
  for (let bit = 0; bit < 8 * bytes.length; bit += 7 * lengthStep) {
    bytes[bit >> 3] = 1 << (bit & 7);
    expect(way(bytes, 0)).toBe(nativeCrc32()!(bytes, 0));
    bytes[bit >> 3] = 0;
  }
});

test.for(ways)("shared memory, Buffers and subclasses: $name", ({ crc32: way }) => {
  class Subclass extends Uint8Array {}
  const bytes = noise(5_000, 4);
  const expected = oracle(bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(5_010), 10);
  shared.set(bytes);
  expect(way(shared, 0)).toBe(expected);
  expect(way(Buffer.concat([Buffer.from("0123"), bytes]).subarray(4), 0)).toBe(expected);
  expect(way(Subclass.from(bytes), 0)).toBe(expected);
  expect(bytes).toEqual(noise(5_000, 4));
});

test("the module is one that any engine with SIMD takes, and small", () => {
  const module = foldModule();
  expect(WebAssembly.validate(module)).toBe(true);
  expect(module.length).toBeLessThan(2_700);
  expect(WebAssembly.Module.imports(new WebAssembly.Module(module))).toEqual([]);
});
