import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { endOf, formatCassette, type Cassette, type Exchange, type Item } from "@eventstream-kit/cassette";
import { decodeMessage, encodeEvent } from "@eventstream-kit/codec";
import { tempDir } from "./eventstream.ts";

const item = (bytes: Uint8Array): Item => ({ kind: "frame", message: decodeMessage(bytes) });

export const chunkItem = (text: string) =>
  item(encodeEvent({ event: "PayloadChunk", text, contentType: "application/octet-stream" }));

/** One call of a function: a frame for each text, and `InvokeComplete`. */
export function exchangeOf(functionName: string, ...texts: string[]): Exchange {
  const items = [...texts.map(chunkItem), item(encodeEvent({ event: "InvokeComplete", json: {} }))];
  return {
    request: {
      method: "POST",
      path: `/2021-11-15/functions/${functionName}/response-streaming-invocations`,
      headers: [],
      body: Buffer.from('{"id":7}'),
    },
    response: { status: 200, headers: [["content-type", "application/vnd.amazon.eventstream"]] },
    items,
    end: endOf(items),
    timing: { unit: "ms", res: 10, chunks: items.map((_, index) => ({ dt: 5.5, item: index + 1, extra: 0 })) },
    meta: { recordedAt: "2026-11-01T00:00:00.000Z" },
  };
}

export function cassetteOf(...exchanges: Exchange[]): Cassette {
  return { header: { eventstream: 1, title: "a test", origin: "recorded" }, exchanges };
}

/** Writes a cassette, as text or as data, and returns its path. */
export function cassetteFile(cassette: Cassette | string, folder = tempDir(), name = "a"): string {
  const path = join(folder, `${name}.cassette.jsonl`);
  writeFileSync(path, typeof cassette === "string" ? cassette : formatCassette(cassette));
  return path;
}
