import { expect, test } from "vitest";
import { randomUuid } from "../src/uuid.ts";

test("random UUIDs are of version 4, and no two the same, also when the memory is full", () => {
  const ids = Array.from({ length: 1000 }, randomUuid);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
  // Every other digit takes every value.
  for (let at = 0; at < 36; at++) {
    const size = new Set(ids.map((id) => id[at])).size;
    expect(size).toBe(at === 14 || [8, 13, 18, 23].includes(at) ? 1 : at === 19 ? 4 : 16);
  }
});
