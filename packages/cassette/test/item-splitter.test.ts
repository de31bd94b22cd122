import type { Item } from "@eventstream-kit/cassette";
import { itemBytes, itemFromLine, itemLine, ItemSplitter } from "@eventstream-kit/cassette";
import { describe, expect, test } from "vitest";
import { concat, hexOf, utf8 } from "./support/bytes.ts";
import {
  chunkFrame,
  completeFrame,
  duplicateFrame,
  frame,
  frameAround,
  prelude,
  spoilt,
  wireHeader,
} from "./support/frames.ts";
import { thrown } from "./support/thrown.ts";

/** The items as a list of words: `frame`, or `why` and size. */
function summary(items: readonly Item[]): string[] {
  return items.map((item) => (item.kind === "frame" ? "frame" : `${item.why} ${String(item.bytes.length)}`));
}

function split(bytes: Uint8Array, size = bytes.length): Item[] {
  const splitter = new ItemSplitter();
  const items: Item[] = [];
  for (let at = 0; at < bytes.length; at += size) items.push(...splitter.push(bytes.subarray(at, at + size)));
  return [...items, ...splitter.finish()];
}

const good = chunkFrame("Hello");
const bad = completeFrame();

const cases: [name: string, bytes: Uint8Array, items: string[]][] = [
  ["nothing", new Uint8Array(), []],
  ["frames", concat(good, bad), ["frame", "frame"]],
  ["an empty message", frame([], ""), ["frame"]],
  ["half a prelude", concat(good, bad.subarray(0, 7)), ["frame", "truncated 7"]],
  ["a frame cut off", concat(good, bad.subarray(0, -1)), ["frame", `truncated ${String(bad.length - 1)}`]],
  [
    "a wrong prelude checksum",
    concat(good, spoilt(bad, 9), good),
    ["frame", `prelude_crc ${String(bad.length + good.length)}`],
  ],
  [
    "a wrong message checksum",
    concat(good, spoilt(bad, -1), good),
    ["frame", `message_crc ${String(bad.length + good.length)}`],
  ],
  ["a spoilt payload", concat(spoilt(good, 110), bad), [`message_crc ${String(good.length + bad.length)}`]],
  [
    "headers longer than the frame",
    concat(good, headersTooLong(), good),
    ["frame", `length_relation ${String(16 + good.length)}`],
  ],
  ["an absurd length", concat(good, prelude(0xffff_ffff, 0)), ["frame", "too_large 12"]],
  ["text that is no stream", utf8("HTTP/1.1 502 Bad Gateway"), ["prelude_crc 24"]],
  ["a header twice", concat(good, duplicateFrame(), bad), ["frame", "rejected:header_duplicate 30", "frame"]],
  ["an unknown header type", concat(frameAround(wireHeader("a", 10)), bad), ["rejected:header_type 19", "frame"]],
  ["a header without a name", concat(frameAround(wireHeader("", 0)), bad), ["rejected:header_name_empty 18", "frame"]],
  [
    "a name that is not UTF-8",
    concat(frameAround(wireHeader(Uint8Array.of(0xff), 0)), bad),
    ["rejected:header_utf8 19", "frame"],
  ],
  [
    "a header cut off",
    concat(frameAround(wireHeader("a", 4, Uint8Array.of(1))), bad),
    ["rejected:header_overrun 20", "frame"],
  ],
  [
    "a refused frame, then a fault",
    concat(duplicateFrame(), spoilt(good, 9)),
    ["rejected:header_duplicate 30", `prelude_crc ${String(good.length)}`],
  ],
];

function headersTooLong(): Uint8Array {
  return concat(prelude(16, 1), new Uint8Array(4));
}

describe("bytes become items", () => {
  test.each(cases)("%s", (_, bytes, expected) => {
    expect(summary(split(bytes))).toEqual(expected);
  });

  test.each(cases)("%s: no byte is lost", (_, bytes) => {
    expect(hexOf(concat(...split(bytes).map(itemBytes)))).toBe(hexOf(bytes));
  });

  test.each(cases)("%s: chunks make no difference", (_, bytes) => {
    const whole = split(bytes).map(itemLine);
    for (const size of [1, 2, 3, 7, 64]) expect(split(bytes, size).map(itemLine)).toEqual(whole);
  });

  test.each(cases)("%s: the lines give the items again", (_, bytes) => {
    const lines = split(bytes).map(itemLine);
    expect(hexOf(concat(...lines.map((line) => itemBytes(itemFromLine(line)))))).toBe(hexOf(bytes));
  });
});

test("a frame is handed out with its last byte, not before", () => {
  const splitter = new ItemSplitter();
  expect(splitter.push(good.subarray(0, -1))).toEqual([]);
  expect(summary(splitter.push(good.subarray(-1)))).toEqual(["frame"]);
});

test("raw bytes are cut into pieces of 48 KiB, the same ones for all chunks", () => {
  const noise = new Uint8Array(100_000).fill(0x20);
  expect(summary(split(noise))).toEqual(["prelude_crc 49152", "prelude_crc 49152", "prelude_crc 1696"]);
  expect(summary(split(noise, 999))).toEqual(summary(split(noise)));
});

describe("a frame and the longest line", () => {
  test("a long payload stays a frame while its line fits", () => {
    expect(summary(split(chunkFrame("x".repeat(1_048_000))))).toEqual(["frame"]);
  });

  test.each([
    ["text", "x".repeat(1_048_576)],
    ["bytes, which base64 makes longer", new Uint8Array(800_000).fill(0xff)],
    ["characters that JSON escapes", "\u0001".repeat(200_000)],
  ])("%s: raw when it does not, and framing goes on", (_, payload) => {
    const bytes = concat(good, chunkFrame(payload), bad);
    const items = split(bytes);
    const middle = new Set(summary(items.slice(1, -1)).map((word) => word.split(" ")[0]));
    expect([summary(items)[0], ...middle, summary(items).at(-1)]).toEqual(["frame", "rejected:too_large", "frame"]);
    expect(items.map(itemLine).every((line) => line.length <= 1_048_576)).toBe(true);
    expect(Buffer.concat(items.map(itemBytes)).equals(bytes)).toBe(true);
  });
});

test("nothing can be pushed after the end", () => {
  const splitter = new ItemSplitter();
  splitter.push(good.subarray(0, 5));
  expect(summary(splitter.finish())).toEqual(["truncated 5"]);
  expect(splitter.finish()).toEqual([]);
  expect(thrown(() => splitter.push(good)).code).toBe("state");
});
