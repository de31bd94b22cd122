import type { Item, RawReason } from "./cassette.ts";

/** Bytes on one `raw` line at most: 64 KiB of base64. Longer lines are no pleasure in an editor or a diff. */
export const rawPieceBytes = 49_152;

/** Cuts bytes into raw items of at most {@link rawPieceBytes}, the same ones however the bytes arrive. */
export class RawPieces {
  readonly #why: RawReason;
  #piece = new Uint8Array(0);
  #used = 0;

  constructor(why: RawReason) {
    this.#why = why;
  }

  push(chunk: Uint8Array): Item[] {
    const items: Item[] = [];
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + rawPieceBytes - this.#used);
      this.#append(part);
      at += part.length;
      if (this.#used === rawPieceBytes) items.push(...this.finish());
    }
    return items;
  }

  /** What is left, if anything. */
  finish(): Item[] {
    if (this.#used === 0) return [];
    const bytes = this.#piece.slice(0, this.#used);
    this.#used = 0;
    return [{ kind: "raw", why: this.#why, bytes }];
  }

  #append(part: Uint8Array): void {
    const needed = this.#used + part.length;
    if (needed > this.#piece.length) {
      const grown = new Uint8Array(Math.min(rawPieceBytes, Math.max(needed, 2 * this.#piece.length)));
      grown.set(this.#piece.subarray(0, this.#used));
      this.#piece = grown;
    }
    this.#piece.set(part, this.#used);
    this.#used = needed;
  }
}
