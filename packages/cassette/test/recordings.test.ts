import {
  exchangeChunks,
  formatCassette,
  itemBytes,
  itemFromLine,
  itemLine,
  parseCassette,
} from "@eventstream-kit/cassette";
import { beforeEach, describe, expect, test } from "vitest";
import { concat, hexOf } from "./support/bytes.ts";
import { cassetteOf, recorded } from "./support/exchanges.ts";
import { needsVectors, recordedChunks } from "./support/third-party.ts";
import { schemaProblems } from "./support/schema.ts";

describe("recorded AWS traffic", () => {
  beforeEach(needsVectors);

  test.each([
    ["s3-select-object-content.json", "Response", 3],
    ["cloudwatchlogs-start-live-tail.json", "Response", 2],
    ["transcribe-success.json", "Response", 35],
    ["transcribe-success.json", "Request", 12],
    ["transcribe-error.json", "Response", 1],
    ["transcribe-error.json", "Request", 1],
  ] as const)("%s, %s: %i frames, every byte and chunk again", (name, direction, frames) => {
    const chunks = recordedChunks(name, direction).filter((chunk) => chunk.length > 0);
    const exchange = recorded(chunks);
    expect(exchange.items.map(({ kind }) => kind)).toEqual(Array(frames).fill("frame"));

    const text = formatCassette(cassetteOf([exchange]));
    expect(schemaProblems(text)).toEqual([]);
    const again = parseCassette(text).exchanges[0]!;
    expect(exchangeChunks(again).map(hexOf)).toEqual(chunks.map(hexOf));
    expect(formatCassette(cassetteOf([again]))).toBe(text);

    // Without redaction it is the same, for nothing in them is secret.
    expect(formatCassette(cassetteOf([recorded(chunks, { options: { redact: false } })]))).toBe(text);
    const lines = exchange.items.map(itemLine);
    expect(hexOf(concat(...lines.map((line) => itemBytes(itemFromLine(line)))))).toBe(hexOf(concat(...chunks)));
  });
});
