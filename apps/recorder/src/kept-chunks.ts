import type { Item, ItemStore } from "@eventstream-kit/cassette";
import { spool } from "@eventstream-kit/cassette/node";
import { chunksOf, type ChunkRun } from "./chunk-block.ts";
import type { UpstreamChunk } from "./upstream-chunks.ts";

/** More of a body is not recorded, and so not kept: the recorder's own limit, 256 MiB, and a byte that tells it is over. */
const mostBytes = 256 * 1_048_576 + 1;

/**
 * The chunks of one body until it has ended, in memory or on disk (encrypted) as `spool` has it. They are kept as they come from the
 * relay's thread: one by one, those of 1 KiB took three times as long.
 * Each is to be gone when the next one is asked for.
 */
export class KeptChunks implements Iterable<UpstreamChunk> {
  readonly #bytes = spool();
  readonly #facts = spool();
  #room = mostBytes;

  add({ bytes, facts }: Pick<ChunkRun, "bytes" | "facts">): void {
    const kept = bytes.subarray(0, this.#room);
    if (kept.length === 0) return;
    this.#room -= kept.length;
    this.#bytes.add(rawItem(kept), kept);
    this.#facts.add(rawItem(facts), facts);
  }

  *[Symbol.iterator](): Generator<UpstreamChunk, void, undefined> {
    const facts = lent(this.#facts)[Symbol.iterator]();
    for (const item of lent(this.#bytes))
      yield* chunksOf({ bytes: bytesOf(item), facts: bytesOf(facts.next().value as Item) });
  }

  discard(): void {
    this.#bytes.discard();
    this.#facts.discard();
  }
}

function lent(store: ItemStore): Iterable<Item> {
  return store.lent?.() ?? store;
}

/** What they are is not known yet. */
function rawItem(bytes: Uint8Array): Item {
  return { kind: "raw", why: "not_event_stream", bytes };
}

function bytesOf(item: Item): Uint8Array {
  return item.kind === "raw" ? item.bytes : new Uint8Array();
}
