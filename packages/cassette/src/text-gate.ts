import { assertNoSecretsBehind } from "./assert-no-secrets.ts";
import { CassetteError } from "./errors.ts";
import { freeMemory } from "./free-memory.ts";
import { secretError } from "./secret-found.ts";

/**
 * How many bytes are looked at together. V8 has strings of less than 128 KiB among what is short-lived; longer ones stay until it
 * goes through its whole heap, and tens of megabytes of them pile up.
 */
const windowBytes = 122_880;
/** How many of them are looked at again together with what follows: more than any form of a secret is long. */
const overlap = 65_536;

const encoder = new TextEncoder();
/** A mark of byte order may be in the middle. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** {@link assertNoSecrets} for a text that comes piece by piece, and is not held but for a window of it in memory of its own. */
export class TextGate {
  readonly #secrets: readonly string[];
  #memory = new Uint8Array();
  #used = 0;
  /** How many of those were looked at. */
  #seen = 0;
  #linesBefore = 0;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /**
   * @param more without half a surrogate pair at its end.
   * @throws CassetteError `secret`
   */
  text(more: string): void {
    for (let at = 0; at < more.length;) {
      this.#reserve(3 * (more.length - at));
      const { read, written } = encoder.encodeInto(more.slice(at), this.#memory.subarray(this.#used));
      at += read;
      this.#used += written;
      // What is left has no room for one more character.
      if (at < more.length) this.#next();
    }
  }

  /**
   * @param more UTF-8, which may cut characters.
   * @throws CassetteError `secret`
   */
  bytes(more: Uint8Array): void {
    for (let at = 0; at < more.length;) {
      this.#reserve(more.length - at);
      const piece = more.subarray(at, at + this.#memory.length - this.#used);
      this.#memory.set(piece, this.#used);
      at += piece.length;
      this.#used += piece.length;
      if (at < more.length) this.#next();
    }
  }

  /**
   * Looks at what has come since the last time.
   *
   * @throws CassetteError `secret`
   */
  check(): void {
    if (this.#seen === this.#used) return;
    const text = decoder.decode(this.#memory.subarray(0, this.#used));
    // Where there are other characters than those of ASCII, nobody knows where they are in the text.
    const seen = text.length === this.#used ? this.#seen : 0;
    try {
      assertNoSecretsBehind(seen, text, this.#secrets);
    } catch (error) {
      if (!(error instanceof CassetteError) || !error.found || error.line === undefined) throw error;
      throw secretError(error.found, this.#secrets.length, error.line + this.#linesBefore);
    }
    this.#seen = this.#used;
  }

  /** Forgets all, as if nothing had come. */
  clear(): void {
    freeMemory(this.#memory);
    this.#memory = new Uint8Array();
    this.#used = this.#seen = this.#linesBefore = 0;
  }

  #next(): void {
    this.check();
    const start = Math.max(0, this.#used - overlap);
    for (let at = 0; at < start; at++) if (this.#memory[at] === 0x0a) this.#linesBefore += 1;
    this.#memory.copyWithin(0, start, this.#used);
    this.#used -= start;
    this.#seen = this.#used;
  }

  /** Room for so many more bytes, as far as the window has it. Most texts are short. */
  #reserve(more: number): void {
    const needed = Math.min(this.#used + more, windowBytes);
    if (needed <= this.#memory.length) return;
    const larger = new Uint8Array(Math.min(2 * needed, windowBytes));
    larger.set(this.#memory.subarray(0, this.#used));
    freeMemory(this.#memory);
    this.#memory = larger;
  }
}
