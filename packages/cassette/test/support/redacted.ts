import type { Exchange } from "@eventstream-kit/cassette";
import { exchangeChunks, formatCassette, itemBytes, parseCassette } from "@eventstream-kit/cassette";
import { decodeMessage, encodeEvent } from "@eventstream-kit/codec";
import { expect } from "vitest";
import { cassetteOf } from "./exchanges.ts";

export const base64 = (text: string) => Buffer.from(text).toString("base64");
export const json = (value: unknown) => encodeEvent({ event: "chunk", json: value });

export const payloads = ({ items }: Exchange): string[] =>
  items.map((item) => Buffer.from(item.kind === "frame" ? item.message.payload : item.bytes).toString());

export const counts = ({ meta }: Exchange): Record<string, number> => meta!["redacted"] as Record<string, number>;

/** Every byte is in its place, only some are others; the cassette is whole, and what was masked is nowhere. */
export function expectSameShape(
  exchange: Exchange,
  frames: readonly Uint8Array[],
  chunks: readonly Uint8Array[],
): void {
  expect(exchange.items.map((item) => itemBytes(item).length)).toEqual(frames.map((bytes) => bytes.length));
  expect(exchangeChunks(exchange).map((chunk) => chunk.length)).toEqual(chunks.map((chunk) => chunk.length));
  for (const item of exchange.items) expect(() => decodeMessage(itemBytes(item))).not.toThrow();
  expect(parseCassette(formatCassette(cassetteOf([exchange]))).exchanges).toEqual([exchange]);
}

export const cut = (text: string, pieces: number): string[] => {
  const size = Math.ceil(text.length / pieces);
  return Array.from({ length: pieces }, (_, index) => text.slice(index * size, (index + 1) * size));
};
