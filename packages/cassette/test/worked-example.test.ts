import { createHash } from "node:crypto";
import { exchangeChunks, formatCassette, itemBytes, parseCassette } from "@eventstream-kit/cassette";
import { expect, test } from "vitest";
import { hexOf } from "./support/bytes.ts";
import { chunkFrame } from "./support/frames.ts";
import { golden } from "./support/golden.ts";

const text = golden("worked-example");
const { header, exchanges } = parseCassette(text);
const exchange = exchanges[0]!;
const crcOf = (bytes: Uint8Array) => hexOf(bytes.subarray(-4));

test("the facts of the example are read", () => {
  expect(header).toEqual({
    eventstream: 1,
    op: "lambda:InvokeWithResponseStream",
    title: "report generator, happy path",
    origin: "recorded",
  });
  expect(exchanges).toHaveLength(1);
  expect(exchange.request).toEqual({
    method: "POST",
    path: "/2021-11-15/functions/report/response-streaming-invocations",
    headers: [
      ["content-type", "application/octet-stream"],
      ["x-amz-log-type", "Tail"],
    ],
    body: new TextEncoder().encode('{"id":7}'),
  });
  expect(exchange.response.status).toBe(200);
  expect(exchange.timing?.res).toBe(389.2);
  expect(exchange.meta?.["redacted"]).toEqual({ "aws-access-key-id": 1, headers: 9 });
});

test("the frames have the lengths and checksums of the masked stream", () => {
  const frames = exchange.items.map(itemBytes);
  expect(frames.map((bytes) => bytes.length)).toEqual([124, 127, 111, 124]);
  expect(frames.slice(0, 2).map(crcOf)).toEqual(["2b00569c", "fb4ba28a"]);
  // Before the key id was masked.
  const original = [chunkFrame('{"token":"AKIAIOSF'), chunkFrame('ODNN7EXAMPLE","n":1}\n')];
  expect(original.map((bytes) => bytes.length)).toEqual([124, 127]);
  expect(original.map(crcOf)).toEqual(["c337373b", "b54c7562"]);
});

test("the chunk map gives the chunks, and they the hash", () => {
  const chunks = exchangeChunks(exchange);
  expect(chunks.map((chunk) => chunk.length)).toEqual([124, 136, 107, 119]);
  expect(createHash("sha256").update(Buffer.concat(chunks)).digest("hex")).toBe(exchange.end.sha256);
});

test("it is in canonical form", () => {
  expect(formatCassette({ header, exchanges })).toBe(text);
});
