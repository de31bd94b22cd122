import { expect, test } from "vitest";
import { freeMemory } from "../src/free-memory.ts";

test("memory of its own is given back at once", () => {
  const bytes = Buffer.alloc(65_536, 1);
  freeMemory(bytes);
  expect(bytes).toHaveLength(0);
});

test("memory that has other bytes as well stays", () => {
  const whole = Buffer.alloc(16, 1);
  freeMemory(whole.subarray(4, 8));
  expect(whole).toEqual(Buffer.alloc(16, 1));
});
