import { spool } from "@eventstream-kit/cassette/node";
import type { UpstreamChunk } from "./upstream-chunks.ts";

/** More of a body is not recorded, and so not kept: the recorder's own limit, 256 MiB, and a byte that tells it is over. */
const mostBytes = 256 * 1_048_576 + 1;

/** The chunks of one body until it has ended, in memory or on disk (encrypted) as `spool` has it. */
export class KeptChunks implements Iterable<UpstreamChunk> {
  readonly #spool = spool();
  readonly #times: number[] = [];
  readonly #paused = new Set<number>();
  #room = mostBytes;

  add(bytes: Uint8Array, at: number, paused: boolean): void {
    const kept = bytes.subarray(0, this.#room);
    if (kept.length === 0) return;
    this.#room -= kept.length;
    if (paused) this.#paused.add(this.#times.length);
    this.#times.push(at);
    // What they are is not known yet.
    this.#spool.add({ kind: "raw", why: "not_event_stream", bytes: kept }, kept);
  }

  *[Symbol.iterator](): Generator<UpstreamChunk, void, undefined> {
    let index = 0;
    for (const item of this.#spool) {
      if (item.kind === "raw") yield { bytes: item.bytes, at: this.#times[index]!, paused: this.#paused.has(index) };
      index += 1;
    }
  }

  discard(): void {
    this.#spool.discard();
  }
}
