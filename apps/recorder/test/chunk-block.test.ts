import { describe, expect, test } from "vitest";
import { blockSizeFor, ChunkBlock, ChunkBlockReader, chunksOf } from "../src/chunk-block.ts";
import type { UpstreamChunk } from "../src/upstream-chunks.ts";

const chunk = (text: string, at: number, paused = false): UpstreamChunk => ({ bytes: Buffer.from(text), at, paused });

/** Two calls that take turns, with times that are no integers and chunks of odd lengths. */
const chunks: readonly [id: number, UpstreamChunk][] = [
  [7, chunk("one", 0.25)],
  [7, chunk("three words", 1.5, true)],
  [8, chunk("of another call", 1.75)],
  [7, chunk("last", 2)],
];

function filled(size: number): ChunkBlock {
  const block = new ChunkBlock(new ArrayBuffer(size));
  for (const [id, one] of chunks) block.add(id, one);
  return block;
}

/** As the runs of a block say it: one after the other, with the call of each. */
function read(buffer: ArrayBuffer): [id: number, UpstreamChunk[]][] {
  const reader = new ChunkBlockReader(buffer);
  const runs: [number, UpstreamChunk[]][] = [];
  for (let left = chunks.length; left > 0;) {
    const run = reader.next(left);
    runs.push([
      run.id,
      Array.from(chunksOf(run), ({ bytes, at, paused }) => ({ bytes: Buffer.from(bytes), at, paused })),
    ]);
    left -= run.count;
  }
  return runs;
}

const [one, two, other, last] = chunks.map(([, each]) => each);

describe("A block of chunks", () => {
  test.each([
    ["as it is", (block: ChunkBlock) => block.buffer],
    ["with no more memory than it needs", (block: ChunkBlock) => block.shrunk()],
  ])("gives them back in their order, those of one call together, %s", (_, get) => {
    expect(read(get(filled(1024)))).toEqual([
      [7, [one, two]],
      [8, [other]],
      [7, [last]],
    ]);
  });

  test("is as large as what is in it when it is shrunk, up to the next multiple of 8", () => {
    const bytes = chunks.reduce((sum, [, each]) => sum + each.bytes.length, 0);
    const block = filled(1024);
    expect(block.size).toBe(bytes + 4 * 32);
    expect(block.shrunk().byteLength).toBe(Math.ceil(bytes / 8) * 8 + 4 * 32);
  });

  test("has room up to the last byte, and all of it again when it is cleared", () => {
    const block = new ChunkBlock(new ArrayBuffer(blockSizeFor(100)));
    expect(blockSizeFor(100)).toBe(104 + 32);
    expect([block.hasRoom(104), block.hasRoom(105)]).toEqual([true, false]);
    block.add(1, chunk("x".repeat(100), 1));
    expect(block.hasRoom(0)).toBe(false);
    block.clear();
    expect([block.hasRoom(104), block.size]).toEqual([true, 0]);
  });

  test("is read as far as is asked for", () => {
    const reader = new ChunkBlockReader(filled(1024).buffer);
    expect([reader.next(1), reader.next(1)].map(({ id, count }) => [id, count])).toEqual([
      [7, 1],
      [7, 1],
    ]);
  });
});

test("Of fewer bytes than a run had, there are only so many chunks", () => {
  const { bytes, facts } = new ChunkBlockReader(filled(1024).buffer).next(chunks.length);
  const texts = (most: number) =>
    [...chunksOf({ bytes: bytes.subarray(0, most), facts })].map((each) => Buffer.from(each.bytes).toString());
  expect([0, 2, 3, 4].map(texts)).toEqual([[], ["on"], ["one"], ["one", "t"]]);
});
