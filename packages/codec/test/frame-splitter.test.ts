import { decodeMessage, encodeMessage, FrameSplitter } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { buildFrame, buildPrelude, rawHeader } from "./support/build-frame.ts";
import { concat, cut, toHex } from "./support/bytes.ts";
import { thrownBy } from "./support/thrown.ts";
import { countWork } from "./support/work.ts";

const one = encodeMessage({ headers: { n: "one" }, payload: "1" });
const two = encodeMessage({ headers: { n: "two" }, payload: "22" });
/** Right checksums around headers that no decoder takes. */
const refused = buildFrame({ headers: rawHeader("a", 0x63) });
const spoilt = buildFrame({ payload: Uint8Array.of(1, 2, 3), messageCrc: 7 });

/** Pushes all chunks as a recorder does: frames and, once a fault is met, every byte that is in no frame. */
function record(chunks: readonly Uint8Array[]) {
  const splitter = new FrameSplitter();
  const frames: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let error: unknown;
  for (const chunk of chunks) {
    if (error !== undefined) {
      rest.push(chunk);
      continue;
    }
    error = thrownBy(() => {
      for (const frame of splitter.push(chunk)) frames.push(frame);
    });
  }
  error ??= thrownBy(() => splitter.finish());
  return { frames: frames.map(toHex), rest: toHex(concat(splitter.remainder(), ...rest)), error };
}

/** Every way to cut bytes in two, and one byte a chunk. */
function* cuttings(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let place = 0; place < bytes.length; place++) yield cut(bytes, place);
  yield cut(bytes, ...Array.from({ length: bytes.length - 1 }, (_, i) => i + 1));
}

test("frames come out as they went in, in memory of their own", () => {
  const stream = concat(one, two, refused, buildFrame());
  for (const chunks of cuttings(stream)) {
    const splitter = new FrameSplitter();
    const frames: Uint8Array[] = [];
    for (const chunk of chunks) {
      const own = Buffer.from(chunk);
      const batch = splitter.push(own);
      own.fill(0xff);
      frames.push(...batch);
    }
    splitter.finish();
    expect(frames.map(toHex)).toEqual([one, two, refused, buildFrame()].map(toHex));
    for (const frame of frames) {
      expect([frame.constructor, frame.byteOffset, frame.buffer.byteLength]).toEqual([Uint8Array, 0, frame.length]);
    }
    expect(splitter.remainder()).toHaveLength(0);
  }
});

test("a message the decoder refuses does not disturb the next", () => {
  const [first, second, third] = new FrameSplitter().push(concat(one, refused, two));
  expect(decodeMessage(first!).headers.string("n")).toBe("one");
  expect(thrownBy(() => decodeMessage(second!))).toMatchObject({ code: "header_type" });
  expect(decodeMessage(third!).headers.string("n")).toBe("two");
});

describe("after a fault no byte is lost", () => {
  test.each([
    ["a wrong message checksum", concat(spoilt, two), "message_crc"],
    ["a wrong prelude checksum", concat(buildFrame({ preludeCrc: 5 }), two), "prelude_crc"],
    ["an impossible length", concat(buildPrelude(15), two), "length_relation"],
    ["a length over the cap", concat(buildPrelude(2 ** 30), two), "too_large"],
    ["an end inside a message", two.subarray(0, -1), "truncated"],
    ["an end inside a prelude", two.subarray(0, 5), "truncated"],
    ["text", new TextEncoder().encode("<html>not a stream</html>"), "prelude_crc"],
  ])("%s", (_, tail, code) => {
    for (const chunks of cuttings(concat(one, one, tail))) {
      expect(record(chunks)).toMatchObject({
        frames: [toHex(one), toHex(one)],
        rest: toHex(tail),
        error: { code, messageIndex: 2 },
      });
    }
  });
});

/** The items before the error. */
function* cutOff<T>(items: Iterable<T>): Generator<T> {
  try {
    yield* items;
  } catch {
    // Looked at by the caller.
  }
}

test("a frame that spans chunks is handed over, not copied again", () => {
  const frame = buildFrame({ payload: new Uint8Array(4 * 1024 * 1024) });
  let frames = 0;
  const work = countWork(() => {
    const splitter = new FrameSplitter();
    for (let at = 0; at < frame.length; at += 16_384)
      frames += [...splitter.push(frame.subarray(at, at + 16_384))].length;
  });
  expect(frames).toBe(1);
  expect(work.copiedBytes).toBeLessThan(2 * frame.length);
});

test("the remainder is a copy, what is held before a fault too, and gone after reset()", () => {
  const splitter = new FrameSplitter();
  splitter.push(concat(one, two.subarray(0, 20)));
  expect(toHex(splitter.remainder())).toBe(toHex(two.subarray(0, 20)));
  splitter.remainder().fill(0);
  expect([...cutOff(splitter.push(concat(two.subarray(20), spoilt)))].map(toHex)).toEqual([toHex(two)]);
  expect(toHex(splitter.remainder())).toBe(toHex(spoilt));
  splitter.remainder().fill(0);
  const error = thrownBy(() => splitter.push(one));
  expect(error).toMatchObject({ code: "message_crc" });
  // A push that throws takes nothing.
  expect(toHex(splitter.remainder())).toBe(toHex(spoilt));
  splitter.reset();
  expect(splitter.remainder()).toHaveLength(0);
  expect([...splitter.push(one)]).toHaveLength(1);
});
