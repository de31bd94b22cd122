import { byte, encodeMessage, FrameSplitter, MessageDecoder } from "@eventstream-kit/codec";
import { expect, test } from "vitest";
import { buildFrame } from "./support/build-frame.ts";
import { concat, toHex } from "./support/bytes.ts";
import { countWork } from "./support/work.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

/** Streams of about so many bytes. */
const inputs: readonly (readonly [name: string, make: (size: number) => Uint8Array])[] = [
  ["one message with a large payload", (size) => encodeMessage({ payload: new Uint8Array(size) })],
  [
    "messages of thirty bytes",
    (size) => {
      const message = encodeMessage({ headers: { a: byte(1) }, payload: "ten bytes!" });
      return concat(...Array.from({ length: Math.ceil(size / message.length) }, () => message));
    },
  ],
  [
    "one message with many headers",
    (size) => {
      const headers = Array.from({ length: size / 16 }, (_, i) => [`h${i}`, "a value"] as const);
      return encodeMessage({ headers }, { limits: "wire" });
    },
  ],
  [
    "messages whose headers are all different",
    (size) =>
      concat(...Array.from({ length: size / 32 }, (_, i) => encodeMessage({ headers: { [`n${i}`]: `v${i}` } }))),
  ],
  [
    "the beginning of a message that never comes",
    (size) => encodeMessage({ payload: new Uint8Array(4 * size) }).subarray(0, size),
  ],
];

/** All that was counted while a stream was fed in chunks of `step` bytes. */
function workOf(stream: Uint8Array, step: number, decoder: MessageDecoder | FrameSplitter): number {
  const chunks = Array.from({ length: Math.ceil(stream.length / step) }, (_, i) =>
    stream.slice(i * step, (i + 1) * step),
  );
  const work = countWork(() => {
    for (const chunk of chunks) for (const _ of decoder.push(chunk));
  });
  // A byte pushed is a call at least.
  return chunks.length + work.copiedBytes + work.allocatedBytes + work.decodedBytes + work.lookups;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number) / numbers.length;
}

/** The k of work ~ size^k, by least squares over the logarithms. */
function growthExponent(points: readonly (readonly [size: number, work: number])[]): number {
  const [xs, ys] = [points.map(([size]) => Math.log(size)), points.map(([, work]) => Math.log(work))];
  const [x, y] = [mean(xs), mean(ys)];
  const slope = xs.reduce((sum, xi, i) => sum + (xi - x) * (ys[i]! - y), 0);
  return slope / xs.reduce((sum, xi) => sum + (xi - x) ** 2, 0);
}

test("the measure tells linear from quadratic", () => {
  const sizes = [8, 16, 32, 64].map((size) => size * KiB);
  expect(growthExponent(sizes.map((size) => [size, 100 + 3 * size]))).toBeCloseTo(1, 1);
  expect(growthExponent(sizes.map((size) => [size, (size * size) / 64]))).toBeCloseTo(2, 5);
});

test.each(inputs)("the cost of dripped bytes grows with their number and no faster: %s", (_, make) => {
  for (const step of [1, 7, 13]) {
    for (const create of [() => new MessageDecoder(), () => new FrameSplitter()]) {
      const points = [8, 16, 32, 64, 128].map((size) => {
        const stream = make(size * KiB);
        return [stream.length, workOf(stream, step, create())] as const;
      });
      const exponent = growthExponent(points);
      expect(
        exponent,
        `chunks of ${step}: ${points.map(([size, work]) => (work / size).toFixed(1)).join(", ")} a byte`,
      ).toBeLessThan(1.1);
    }
  }
});

/** Decodes one message of so many bytes in chunks of 64 and counts the work. */
function decodeInSmallChunks(size: number) {
  const stream = buildFrame({ payload: new Uint8Array(size) });
  let received = 0;
  const work = countWork(() => {
    const decoder = new MessageDecoder();
    for (let at = 0; at < stream.length; at += 64) {
      for (const { payload } of decoder.push(stream.subarray(at, at + 64))) received += payload.length;
    }
    decoder.finish();
  });
  expect(received).toBe(size);
  return work;
}

test(
  "format case 28: a message of 16 MiB in chunks of 64 bytes is copied three times at most",
  { timeout: 60_000 },
  () => {
    const half = decodeInSmallChunks(8 * MiB);
    const whole = decodeInSmallChunks(16 * MiB);
    expect(whole.copiedBytes).toBeGreaterThan(16 * MiB);
    expect(whole.copiedBytes).toBeLessThan(3 * 16 * MiB);
    expect(whole.copiedBytes).toBeLessThan(2.5 * half.copiedBytes);
    expect(whole.summedBytes).toBeLessThanOrEqual(16 * MiB + 16);
    expect(whole.allocatedBytes).toBeLessThan(2.5 * half.allocatedBytes);
  },
);

test("format case 29: a million messages in one chunk are read in place", { timeout: 60_000 }, () => {
  const stream = new Uint8Array(16 * 1_000_000);
  for (let at = 0; at < stream.length; at += 16) stream.set(encodeMessage({}), at);
  let count = 0;
  const work = countWork(() => {
    const decoder = new MessageDecoder();
    for (const { payload } of decoder.push(stream)) count += payload.length + 1;
    decoder.finish();
  });
  expect(count).toBe(1_000_000);
  expect(work.copiedBytes).toBe(0);
  expect(toHex(stream.subarray(0, 16))).toBe("000000100000000005c248eb7d98c8ff");
});
