import type { Writable } from "node:stream";

/**
 * Writes the steps of a body to a stream of HTTP/2. Nobody waits for a single write as long as there is room, so steps that are
 * ready together leave together: node:http2 keeps what is written in one turn for one system call.
 */
export class StepWriter {
  readonly #out: Pick<Writable, "write">;
  #pending = 0;
  #broken = false;
  #whenTaken: (() => void) | undefined;

  constructor(out: Pick<Writable, "write">) {
    this.#out = out;
  }

  /** True when there is room for more; else resolves as {@link taken}. */
  write(bytes: Uint8Array): true | Promise<boolean> {
    this.#pending++;
    return this.#out.write(bytes, this.#wrote) && !this.#broken ? true : this.taken();
  }

  /** Resolves when the connection has taken every byte written, or with `false` when it no longer takes any. */
  async taken(): Promise<boolean> {
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#whenTaken = resolve));
    return !this.#broken;
  }

  readonly #wrote = (error?: Error | null): void => {
    this.#pending--;
    if (error) this.#broken = true;
    if (this.#pending === 0) this.#whenTaken?.();
  };
}
