import { expect, test } from "vitest";
import { runLoad } from "./load/run-load.ts";

// `npm run load -w @eventstream-kit/lambda-emulator` does the same with 1,000 streams of 100 chunks.
test("100 streams at once, of which some are left by their clients: nothing is lost, mixed up or leaked", async () => {
  const { whole, left, wrong, mostOpen, invocations, leakedHandles } = await runLoad({
    streams: 100,
    chunks: 12,
    aborts: 0.3,
    seed: 1,
  });
  expect(wrong).toEqual([]);
  expect(whole + left).toBe(100);
  // By the seed.
  expect(left).toBeGreaterThan(20);
  expect(mostOpen).toBe(100);
  expect(leakedHandles).toEqual([]);
  // Whoever's client left runs to its end all the same. One may have been done before its client left.
  expect(invocations["success complete"]! + (invocations["success client_left"] ?? 0)).toBe(100);
  expect(invocations["success client_left"]).toBeGreaterThan(0);
  expect(invocations["success client_left"]).toBeLessThanOrEqual(left);
});
