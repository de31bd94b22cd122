import { readFileSync } from "node:fs";
import { exchangeChunks, formatCassette, parseCassette } from "@eventstream-kit/cassette";
import { expect, test } from "vitest";
import { schemaProblems } from "./support/schema.ts";

test.each([
  ["../README.md", [113, 119, 93]],
  ["../../../README.md", [138, 128, 123]],
  ["../../../docs/guides/reviewing-a-cassette.md", [138, 128, 123]],
])("the cassette that %s explains is one", (path, chunks) => {
  const document = readFileSync(new URL(path, import.meta.url), "utf8");
  const text = /```jsonl\n(.*?)```/s.exec(document)![1]!;
  const cassette = parseCassette(text);
  expect(formatCassette(cassette)).toBe(text);
  expect(schemaProblems(text)).toEqual([]);
  expect(exchangeChunks(cassette.exchanges[0]!).map((chunk) => chunk.length)).toEqual(chunks);
});
