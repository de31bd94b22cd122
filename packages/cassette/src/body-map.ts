import type { HeaderLine } from "@eventstream-kit/service";
import { concat } from "./bytes.ts";
import type { ChunkTime, End, Exchange, Item } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import type { CreateHash } from "./body-hash.ts";
import { hex, portableSha256 } from "./body-hash.ts";
import { itemBytes } from "./item-line.ts";
import { isCount } from "./line.ts";
import type { Numbers } from "./number-column.ts";

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

/**
 * The body of the response, in the chunks in which it came. Without timing, each item is a chunk.
 *
 * @throws CassetteError `integrity` when the chunks do not fit the items.
 */
export function exchangeChunks(exchange: Exchange): Uint8Array<ArrayBuffer>[] {
  const parts = exchange.items.map(itemBytes);
  const body = concat(parts);
  const ends = runningSum(parts.map((part) => part.length));
  const cuts = exchange.timing ? chunkEnds(exchange.timing.chunks, ends) : ends;
  return cuts.map((cut, index) => body.subarray(index === 0 ? 0 : cuts[index - 1], cut));
}

function chunkEnds(chunks: readonly ChunkTime[], itemEnds: readonly number[]): number[] {
  let at = 0;
  const ends = chunks.map((chunk, index) => {
    const next = nextChunkEnd(chunk, itemEnds, at);
    if (typeof next !== "number") throw misfit(`timing.chunks[${String(index)}]${next.member}`, next.problem);
    at = next;
    return next;
  });
  const size = itemEnds.at(-1) ?? 0;
  if (at !== size) throw misfit("timing.chunks", `they end at byte ${String(at)}; expected byte ${String(size)}`);
  return ends;
}

function misfit(field: string, problem: string): CassetteError {
  return new CassetteError("integrity", `Cutting a recorded body into its chunks: ${field}: ${problem}`, { field });
}

/**
 * Where a chunk ends in the body, or why it cannot be there.
 *
 * @param itemEnds where each item ends.
 * @param before where the chunk before it ends.
 */
export function nextChunkEnd(
  { item, extra }: Pick<ChunkTime, "item" | "extra">,
  itemEnds: Numbers,
  before: number,
): number | { readonly member: "" | "[1]" | "[2]"; readonly problem: string } {
  // Of what is made by hand, nobody has looked at the numbers, and `at` takes others.
  if (!isCount(item) || item > itemEnds.length) {
    return {
      member: "[1]",
      problem: `found item ${String(item)}; expected a whole number from 0 to ${String(itemEnds.length)}`,
    };
  }
  if (!isCount(extra)) {
    return { member: "[2]", problem: `found ${String(extra)} bytes; expected a whole number from 0` };
  }
  const start = item === 0 ? 0 : itemEnds.at(item - 1)!;
  const room = (itemEnds.at(item) ?? start) - start;
  if (extra > 0 && extra >= room) {
    const expected = room === 0 ? "none, for there is no next item" : `fewer than the ${String(room)} of the next item`;
    return { member: "[2]", problem: `found ${String(extra)} bytes; expected ${expected}` };
  }
  const end = start + extra;
  if (end > before) return end;
  return {
    member: "",
    problem: `it ends at byte ${String(end)}; expected an end after byte ${String(before)}, the end of the one before`,
  };
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
