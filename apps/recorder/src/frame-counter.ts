/**
 * Counts the frames of a stream by their lengths alone, for people to watch: every frame begins with its length, 4 bytes
 * big-endian. What is no frame makes the count wrong, and nothing else.
 */
export class FrameCounter {
  /** Frames that are complete. */
  count = 0;
  /** What is still to come of the frame under way, once its length is known. */
  #missing = 0;
  /** The bytes of a length seen so far, and their number. */
  #length = 0;
  #digits = 0;

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#digits < 4) {
        this.#length = this.#length * 256 + bytes[at]!;
        this.#digits += 1;
        at += 1;
        if (this.#digits === 4) this.#missing = Math.max(1, this.#length - 4);
        continue;
      }
      const part = Math.min(this.#missing, bytes.length - at);
      at += part;
      this.#missing -= part;
      if (this.#missing > 0) return;
      this.count += 1;
      this.#digits = 0;
      this.#length = 0;
    }
  }
}
