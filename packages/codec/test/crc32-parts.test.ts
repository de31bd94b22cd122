import { crc32 } from "@aws-crypto/crc32";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { crcShift, joinCrc32 } from "../src/crc32-join.ts";
import { crc32OfPrelude, crc32OfWord } from "../src/crc32-words.ts";
import { concat, utf8 } from "./support/bytes.ts";

/** Sums of parts are signed. */
function oracle(bytes: Uint8Array): number {
  return crc32(bytes) | 0;
}

function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value);
  return new Uint8Array(view.buffer);
}

test("a prelude is summed as its eight bytes, whichever bits are set", () => {
  expect(crc32OfPrelude(16, 0)).toBe(0x05c248eb);
  for (const other of [0, 0xffff_ffff, 0x1234_5678]) {
    for (let bit = 0; bit < 32; bit++) {
      const word = (other ^ (1 << bit)) >>> 0;
      expect(crc32OfPrelude(word, other)).toBe(oracle(words(word, other)));
      expect(crc32OfPrelude(other, word)).toBe(oracle(words(other, word)));
    }
  }
});

test("a word is summed as its four bytes, after whatever bytes", () => {
  expect(crc32OfWord(0x05c248eb, crc32OfPrelude(16, 0))).toBe(0x7d98c8ff);
  for (const other of [0, 0xffff_ffff, 0x1234_5678]) {
    for (let bit = 0; bit < 32; bit++) {
      const word = (other ^ (1 << bit)) >>> 0;
      expect(crc32OfWord(word, 0)).toBe(oracle(words(word)));
      expect(crc32OfWord(other, oracle(words(word)))).toBe(oracle(words(word, other)));
    }
  }
});

test("the sums of two parts make the sum of both, whatever the lengths", () => {
  expect(joinCrc32(oracle(utf8("1234")), oracle(utf8("56789")), crcShift(5))).toBe(0xcbf43926 | 0);
  const part = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(part, part, (first, second) => {
      const joined = joinCrc32(oracle(first), oracle(second), crcShift(second.length));
      expect(joined).toBe(oracle(concat(first, second)));
    }),
  );
});

test("a shift works for any first sum", () => {
  const second = utf8("a header block");
  const shift = crcShift(second.length);
  for (let bit = 0; bit < 32; bit++) {
    const word = words(1 << bit);
    expect(joinCrc32(oracle(word), oracle(second), shift)).toBe(oracle(concat(word, second)));
  }
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), (word) => {
      const expected = oracle(concat(words(word), second));
      expect(joinCrc32(oracle(words(word)), oracle(second), shift)).toBe(expected);
    }),
  );
});
