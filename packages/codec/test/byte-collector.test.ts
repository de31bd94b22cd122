import { expect, test } from "vitest";
import { ByteCollector } from "../src/byte-collector.ts";
import { concat } from "./support/bytes.ts";
import { countWork } from "./support/work.ts";

const chunks = Array.from({ length: 1000 }, (_, i) => new Uint8Array(i % 700).fill(i));
const all = concat(...chunks);

test("what has come is joined, and moved a bounded number of times", () => {
  const collector = new ByteCollector(all.length);
  const work = countWork(() => {
    for (const chunk of chunks) collector.push(chunk);
  });
  expect(collector.length).toBe(all.length);
  expect(Buffer.compare(collector.bytes()!, all)).toBe(0);
  expect(work.copiedBytes).toBeLessThan(3 * all.length);
  expect(work.allocatedBytes).toBeLessThan(4 * all.length);
});

test("with more than the limit nothing is kept, nor copied any more", () => {
  const collector = new ByteCollector(2000);
  const work = countWork(() => {
    for (const chunk of chunks) collector.push(chunk);
  });
  expect(collector.length).toBe(all.length);
  expect(collector.bytes()).toBeUndefined();
  expect(work.copiedBytes).toBeLessThan(6000);
});
