import { readFileSync } from "node:fs";
import { exchangeChunks, formatCassette, parseCassette } from "@eventstream-kit/cassette";
import { expect, test } from "vitest";

test("the cassette that the README explains is one", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const text = /```jsonl\n(.*?)```/s.exec(readme)![1]!;
  const cassette = parseCassette(text);
  expect(formatCassette(cassette)).toBe(text);
  expect(exchangeChunks(cassette.exchanges[0]!).map((chunk) => chunk.length)).toEqual([113, 119, 93]);
});
