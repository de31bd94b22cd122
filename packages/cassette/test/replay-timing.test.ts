import http from "node:http";
import { createRecorder, formatCassette, parseCassette, replay } from "@eventstream-kit/cassette";
import type { Delay } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { expect, test } from "vitest";
import { concat, cut, hexOf } from "./support/bytes.ts";
import { cassetteOf, eventStream, invokePath, play, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame } from "./support/frames.ts";

const stream = concat(chunkFrame("x".repeat(240)), completeFrame()).subarray(0, 442);
const sizes = [5, 110, 109, 20, 194, 4];
const chunks = cut(stream, sizes);
/** Before the head, and before each chunk: short, long, and none that tenths of a millisecond can show exactly. */
const gaps = [80.26, 0.14, 12.34, 0.34, 60_000.04, 1203.14, 7.74];

const sum = (numbers: readonly number[]) => numbers.reduce((total, ms) => total + ms, 0);

const never: Delay = () => Promise.reject(new Error("A wait at max"));

/** A recording of the stream, as its text says it. */
function recording() {
  let now = 0;
  const recorder = createRecorder({ now: () => now }).start(requestOf());
  now += gaps[0]!;
  recorder.head({ status: 200, headers: [eventStream] });
  for (const [index, chunk] of chunks.entries()) {
    now += gaps[index + 1]!;
    recorder.chunk(chunk);
  }
  return parseCassette(formatCassette(cassetteOf([recorder.end()])));
}

test("record case 2: at speed 1 every recorded gap is waited for, at max none, and the chunks are the same", async () => {
  const asked: number[] = [];
  let received: ((chunks: number) => void) | undefined;
  /** A wait is over when the client has got the chunk before it, so that no two can arrive together. */
  const delay: Delay = (ms) => {
    asked.push(ms);
    const before = asked.length - 2;
    if (before < 1) return Promise.resolve();
    return new Promise((resolve) => {
      received = (count) => {
        if (count >= before) resolve();
      };
      received(seen.length);
    });
  };
  const seen: Buffer[] = [];
  await using server = await serve(replay(recording(), { speed: 1, delay }), { delay });
  await new Promise<void>((resolve, reject) => {
    const request = http.request(new URL(invokePath, server.url), { method: "POST" }, (response) => {
      response.on("data", (chunk: Buffer) => {
        seen.push(chunk);
        received?.(seen.length);
      });
      response.on("end", resolve);
    });
    request.on("error", reject);
    request.end();
  });

  expect(asked).toHaveLength(gaps.length);
  for (const [index, ms] of asked.entries()) expect(Math.abs(ms - gaps[index]!)).toBeLessThanOrEqual(0.1);
  // Rounding does not add up to a drift.
  expect(Math.abs(sum(asked) - sum(gaps))).toBeLessThanOrEqual(0.1);
  expect(seen.map(hexOf)).toEqual(chunks.map(hexOf));

  const played = await play(await replay(recording(), { speed: "max", delay: never }).handle(requestOf()));
  expect(played.waits).toEqual([]);
  expect(played.chunks.map(hexOf)).toEqual(chunks.map(hexOf));
});
