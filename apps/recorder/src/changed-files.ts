import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Tells which files say the same after a session as before, whatever the clock and the network did meanwhile. */
export class ChangedFiles {
  readonly #before = new Map<string, string | undefined>();

  /** To be told of a file before the session writes it, each time or once. */
  watch(path: string): void {
    if (!this.#before.has(path)) this.#before.set(path, contentHash(path));
  }

  /** Of all that was told of. */
  paths(): Iterable<string> {
    return this.#before.keys();
  }

  /** True for a file that was there and has changed, if at all, in its volatile lines only. */
  isUnchanged(path: string): boolean {
    const before = this.#before.get(path);
    return before !== undefined && before === contentHash(path);
  }
}

/** Of all lines but `timing` and `meta`, which are new with each recording. Undefined for a file that cannot be read. */
function contentHash(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const hash = createHash("sha256");
  for (const line of text.split("\n")) if (!/^\{"k":"(timing|meta)"/.test(line)) hash.update(`${line}\n`);
  return hash.digest("hex");
}
