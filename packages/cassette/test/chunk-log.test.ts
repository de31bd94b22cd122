import { expect, test } from "vitest";
import type { ChunkTime } from "../src/cassette.ts";
import { ChunkLog } from "../src/chunk-log.ts";

test("keeps chunks as they were added, as often as they are read", () => {
  const chunks: ChunkTime[] = [
    { dt: 0, item: 0, extra: 1 },
    { dt: 12.7, item: 0, extra: 127, paused: true },
    { dt: 12.8, item: 1, extra: 128 },
    { dt: 0.1, item: 1, extra: 16_383 },
    { dt: 0, item: 200_000, extra: 16_384, paused: true },
  ];
  const log = ChunkLog.of(chunks);
  expect([...log]).toEqual(chunks);
  expect([...log]).toEqual(chunks);
});

test("keeps numbers that have more than 32 bits", () => {
  const chunks: ChunkTime[] = [
    { dt: 2 ** 48 / 10, item: 2 ** 40, extra: 2 ** 33 + 1 },
    { dt: 86_400_000_000.9, item: Number.MAX_SAFE_INTEGER, extra: Number.MAX_SAFE_INTEGER, paused: true },
  ];
  expect([...ChunkLog.of(chunks)]).toEqual(chunks);
});

test("keeps one decimal of a time, and an end for one that has none", () => {
  expect([...ChunkLog.of([{ dt: 0.26, item: 1, extra: 0 }])]).toEqual([{ dt: 0.3, item: 1, extra: 0 }]);
  expect([...ChunkLog.of([{ dt: Infinity, item: 1, extra: 0 }])]).toHaveLength(1);
});

/** Numbers of every length, and some chunks paused. */
function chunkAt(index: number): ChunkTime {
  const [dt, item, extra] = [(index % 2000) / 10, Math.floor(index / 2), index % 2 === 0 ? 0 : index];
  return index % 7 === 0 ? { dt, item, extra, paused: true } : { dt, item, extra };
}

test("grows over many blocks, which numbers may go over", () => {
  const chunks = Array.from({ length: 100_000 }, (_, index) => chunkAt(index));
  expect([...ChunkLog.of(chunks)]).toEqual(chunks);
});

test("has none at first", () => {
  expect([...new ChunkLog()]).toEqual([]);
});
