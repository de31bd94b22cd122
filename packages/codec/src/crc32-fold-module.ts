/*
 * The WebAssembly module behind `foldingCrc32`, assembled here rather than kept as bytes: this is shorter than its own
 * output, compressed or not, and can be read.
 *
 * x^300 + x^155 + x^117 + x^89 + 1 is a multiple of the polynomial of CRC-32. Squaring a polynomial over GF(2) doubles
 * its exponents, so squared three times it counts bytes: a byte d[i] may be struck out of the data when it is added to
 * the bytes 145 (300 - 155), 183, 211 and 300 places on, and the CRC stays the same. That is, for sixteen bytes at once:
 *
 *     w[i] = d[i] ^ w[i - 145] ^ w[i - 183] ^ w[i - 211] ^ w[i - 300]
 *
 * is struck out one after the other until only the rest is left, the last 304 bytes. What has been added to them is the
 * same sum, with w[i] zero from there on. The rest is summed with tables, as in `crc32Sliced`.
 *
 * The data end where the memory ends, so that the rest has a fixed address; zeros before them change nothing. w is
 * written 304 bytes before the d it is made of, which leaves d whole in the rest.
 *
 *     0         tables, 16 KiB
 *     16384     zeros; w from 304 bytes before the data; data
 *     131072    end of the data
 */

/** What is left of the data, to be summed with tables: 300 bytes, rounded up to vectors. */
export const restBytes = 304;
const pages = 2;
/** Address behind the last byte of the data. */
export const dataEnd = pages * 65_536;
/** Bytes that one round of the loop strikes out: six vectors, as many as it keeps in registers. */
export const roundBytes = 96;
/** Bytes before the data that are made zero: the first round may begin that much earlier, and reaches back for w. */
export const zeroBytes = restBytes + restBytes + roundBytes;
/** Bytes that can be summed at once. */
export const windowBytes = dataEnd - zeroBytes - 16_384;

/** What the module exports. */
export interface FoldExports {
  /** Memory. */
  readonly m: WebAssembly.Memory;
  /**
   * Sums the data that lie at the end of the memory, four bytes or more.
   *
   * @param zerosAt Where the data begin, less `zeroBytes`.
   * @param round Where the first round begins, or the rest when there is none, less `2 * restBytes`.
   * @param crc The complement of the CRC of what was before.
   * @returns The complement of the CRC.
   */
  readonly c: (zerosAt: number, round: number, crc: number) => number;
}

type Code = number | readonly Code[];

/** LEB128, with bit 6 of the last byte clear: the same as a signed and as an unsigned number. */
const leb = (value: number): Code => (value < 64 ? value : [(value & 127) | 128, leb(value >> 7)]);
const repeat = (count: number, code: (i: number) => Code): Code => Array.from({ length: count }, (_, i) => code(i));
const flat = (code: readonly unknown[]) => code.flat(Number.POSITIVE_INFINITY) as number[];
const sized = (...code: Code[]): Code => {
  const bytes = flat(code);
  return [leb(bytes.length), bytes];
};

const i32 = 0x7f;
const v128 = 0x7b;
const end = 0x0b;
const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const constant = (value: number): Code => [0x41, leb(value)];
const and = 0x71;
const xor = 0x73;
const shiftLeft = 0x74;
const shiftRight = 0x76;
const load32 = (address: number, offset: number): Code => [get(address), 0x28, 0, leb(offset)];
const load = (address: number, offset: number): Code => [get(address), 0xfd, 0, 0, leb(offset)];
const store = (offset: number): Code => [0xfd, 11, 0, leb(offset)];
const xorVectors: Code = [0xfd, 0x51];
/** The sixteen bytes from byte `first` on of two vectors in a row. */
const shuffle = (first: number): Code => [0xfd, 13, repeat(16, (i) => first + i)];
/** Runs the code, moves the address on by `step`, and repeats that while it is below `limit`. */
const loop = (address: number, step: number, limit: number, ...code: Code[]): Code => [
  [0x03, 0x40, code],
  [get(address), constant(step), 0x6a, 0x22, address, constant(limit), 0x49, 0x0d, 0, end],
];

// Parameters and locals. What is never set is zero.
const zerosAt = 0;
const round = 1;
const crc = 2;
const word = 3;
const zero = 4;
/**
 * The local that holds w[16 * i] to w[16 * i + 15], counted from the round. Each w is loaded once and stays in one of six
 * registers, from which three of the four terms are cut out. An unaligned load for each of them takes 1.5 times as long:
 * it often spans two lines of the cache. In the first round those before are zero, as locals are.
 */
const kept = (i: number) => 5 + ((i + 18) % 6);

/** The module, about 2.6 kB. Needs 128-bit SIMD. */
export function foldModule(): Uint8Array<ArrayBuffer> {
  const term = (i: number, first: number) => [get(kept(i)), get(kept(i + 1)), shuffle(first), xorVectors];
  const code = [
    [get(zerosAt), get(zero), store(zeroBytes - 16)],
    [get(zerosAt), load32(zerosAt, zeroBytes), get(crc), xor, 0x36, 0, leb(zeroBytes)],

    [get(round), constant(dataEnd - 3 * restBytes), 0x49, 0x04, 0x40],
    repeat(zeroBytes / 16 - 1, (i) => [get(zerosAt), get(zero), store(16 * i)]),
    loop(
      round,
      roundBytes,
      dataEnd - 3 * restBytes,
      repeat(6, (i) => [
        [load(round, restBytes + 16 * (i - 9)), set(kept(i - 9))],
        [get(round), load(round, 2 * restBytes + 16 * i), load(round, 4 + 16 * i), xorVectors],
        // 145 = 10 * 16 - 15, 183 = 12 * 16 - 9, 211 = 14 * 16 - 13
        [term(i - 10, 15), term(i - 12, 9), term(i - 14, 13)],
        store(restBytes + 16 * i),
      ]),
    ),
    repeat(restBytes / 16, (i) => [get(round), get(zero), store(restBytes + 16 * i)]),
    repeat(restBytes / 16, (i) => [
      [get(round), load(round, 2 * restBytes + 16 * i)],
      [145, 183, 211, 300].map((back) => [load(round, restBytes + 16 * i - back), xorVectors]),
      store(2 * restBytes + 16 * i),
    ]),
    end,

    [constant(0), set(crc)],
    loop(
      round,
      16,
      dataEnd - 2 * restBytes,
      // The word that waits for the CRC comes last, so that the other look-ups need not wait: a third quicker.
      [3, 2, 1, 0].map((w) => [
        [load32(round, 2 * restBytes + 4 * w), w === 0 ? [get(crc), xor] : [], set(word)],
        repeat(4, (byte) => [
          // Four times the byte: the offset of its entry in the table.
          [
            get(word),
            byte === 0 ? [constant(2), shiftLeft] : [constant(8 * byte - 2), shiftRight],
            constant(1020),
            and,
          ],
          [0x28, 0, leb(1024 * (15 - 4 * w - byte)), w === 3 && byte === 0 ? [] : xor],
        ]),
      ]),
      set(crc),
    ),
    get(crc),
    end,
  ];
  return Uint8Array.from(
    flat([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      [1, sized(1, 0x60, 3, i32, i32, i32, 1, i32)],
      [3, sized(1, 0)],
      [5, sized(1, 0, pages)],
      [7, sized(2, [1, 0x6d, 2, 0], [1, 0x63, 0, 0])],
      [10, sized(1, sized(2, [1, i32], [7, v128], code))],
    ]),
  );
}
