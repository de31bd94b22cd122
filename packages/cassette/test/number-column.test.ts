import { expect, test } from "vitest";
import { NumberColumn } from "../src/number-column.ts";

const numberAt = (index: number) => index * 1_000_000_007;

test("gives the numbers that were pushed, while it grows", () => {
  const column = new NumberColumn();
  for (let index = 0; index < 5000; index++) {
    expect(column.length).toBe(index);
    expect(column.at(index)).toBeUndefined();
    column.push(numberAt(index));
    expect(column.at(-1)).toBe(numberAt(index));
  }
  for (let index = 0; index < 5000; index++) expect(column.at(index)).toBe(numberAt(index));
});

test("is looked up as an array is", () => {
  const numbers = [0, 7, 2 ** 40, Number.MAX_SAFE_INTEGER];
  const column = new NumberColumn();
  for (const number of numbers) column.push(number);
  for (let index = -6; index <= 6; index++) expect(column.at(index)).toBe(numbers.at(index));
  expect(new NumberColumn().at(-1)).toBeUndefined();
  expect(new NumberColumn().at(0)).toBeUndefined();
});
