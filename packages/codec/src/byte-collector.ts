/** Joins chunks as they come: one copy each, and none of the caller's memory kept. */
export class ByteCollector {
  #bytes = new Uint8Array(1024);
  #length = 0;
  /** With more bytes than this, none are kept. */
  limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** How many bytes have come, kept or not. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.limit) this.#bytes = new Uint8Array();
    else {
      if (length > this.#bytes.length) {
        const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
        larger.set(this.#bytes.subarray(0, this.#length));
        this.#bytes = larger;
      }
      this.#bytes.set(chunk, this.#length);
    }
    this.#length = length;
  }

  /** A copy of the bytes, or undefined when there were too many to keep. */
  bytes(): Uint8Array<ArrayBuffer> | undefined {
    return this.#length > this.limit ? undefined : this.#bytes.slice(0, this.#length);
  }
}
