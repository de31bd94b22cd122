import { crc32 as oracle } from "@aws-crypto/crc32";
import { crc32 } from "@eventstream-kit/codec";
import { crc32 as fromSubpath } from "@eventstream-kit/codec/crc32";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { embed, hex, utf8 } from "./support/bytes.ts";
import { seeded } from "./support/random.ts";
import { thrownBy } from "./support/thrown.ts";

test("the check value of CRC-32, and the two sums of an empty message", () => {
  expect(crc32(utf8("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
  expect(crc32(hex("0000001000000000"))).toBe(0x05c248eb);
  expect(crc32(hex("000000100000000005c248eb"))).toBe(0x7d98c8ff);
  expect(fromSubpath).toBe(crc32);
});

test("every length from 0 to 200, at every alignment, as @aws-crypto/crc32 has it", () => {
  const random = seeded(1);
  const bytes = Uint8Array.from({ length: 200 }, () => 256 * random());
  for (let length = 0; length <= 200; length++) {
    const part = bytes.subarray(0, length);
    expect(crc32(part)).toBe(oracle(part));
    expect(crc32(embed(part, 0xff, length % 16))).toBe(oracle(part));
  }
});

test("any bytes, whole and in two parts, as @aws-crypto/crc32 has it", () => {
  const bytesAndPlace = fc
    .uint8Array({ maxLength: 2_000 })
    .chain((bytes) => fc.tuple(fc.constant(bytes), fc.nat(bytes.length)));
  fc.assert(
    fc.property(bytesAndPlace, ([bytes, place]) => {
      const expected = oracle(bytes);
      expect(crc32(bytes)).toBe(expected);
      expect(crc32(Buffer.from(bytes))).toBe(expected);
      expect(crc32(bytes.subarray(place), crc32(bytes.subarray(0, place)))).toBe(expected);
    }),
  );
});

test("what is not bytes or no seed is refused", () => {
  for (const bytes of ["text", [1], null, new ArrayBuffer(1), new Uint16Array(1)]) {
    expect(thrownBy(() => crc32(bytes as unknown as Uint8Array))).toMatchObject({ code: "invalid_argument" });
  }
  for (const seed of [-1, 2 ** 32, 1.5, Number.NaN, "1", null, 1n]) {
    expect(thrownBy(() => crc32(new Uint8Array(), seed as number))).toMatchObject({ code: "invalid_argument" });
  }
});
