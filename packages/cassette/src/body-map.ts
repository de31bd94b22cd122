import type { HeaderLine } from "@eventstream-kit/service";
import { concat } from "./bytes.ts";
import type { ChunkTime, End, Exchange, Item } from "./cassette.ts";
import type { CreateHash } from "./body-hash.ts";
import { hex, portableSha256 } from "./body-hash.ts";
import { itemBytes } from "./item-line.ts";

/** What a body that is these items ends with: for a cassette made or changed by hand. */
export function endOf(items: readonly Item[], how: End["how"] = "eof", sha256: CreateHash = portableSha256): End {
  const hash = sha256();
  let bytes = 0;
  for (const item of items) {
    const part = itemBytes(item);
    hash.update(part);
    bytes += part.length;
  }
  return { how, items: items.length, bytes, sha256: hex(hash.digest()) };
}

/** The body of the response, in the chunks in which it came. Without timing, each item is a chunk. */
export function exchangeChunks(exchange: Exchange): Uint8Array<ArrayBuffer>[] {
  const parts = exchange.items.map(itemBytes);
  const body = concat(parts);
  const ends = runningSum(parts.map((part) => part.length));
  const cuts = exchange.timing?.chunks.map((chunk) => positionOf(chunk, ends)) ?? ends;
  return cuts.map((cut, index) => body.subarray(index === 0 ? 0 : cuts[index - 1], cut));
}

/** Where a chunk ends in the body, given where the items end. */
export function positionOf(chunk: Pick<ChunkTime, "item" | "extra">, itemEnds: readonly number[]): number {
  return (chunk.item === 0 ? 0 : (itemEnds[chunk.item - 1] ?? Number.NaN)) + chunk.extra;
}

/** Sums from the start: `[2, 3, 4]` gives `[2, 5, 9]`. */
export function runningSum(numbers: readonly number[]): number[] {
  let sum = 0;
  return numbers.map((number) => (sum += number));
}

export function hasEventStream(headers: readonly HeaderLine[]): boolean {
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1];
  return /^application\/vnd\.amazon\.eventstream\s*(;|$)/i.test(type ?? "");
}
