import type { PathState } from "./json-path.ts";
import type { Layer } from "./layer.ts";
import type { Finder } from "./rules.ts";

/** What looks like a secret for longer has no end: 1 MiB. */
const longestSecret = 1_048_576;

/** One look at what is recorded so far. */
export class Pass {
  readonly paths: readonly PathState[];
  readonly #finders: readonly Finder[];
  readonly #counts: Map<string, number>;
  readonly isLast: boolean;
  /** The first item with something that may not have ended yet. */
  openItem = Infinity;

  /** @param isLast whether nothing follows: what is found at the end of a text has ended. */
  constructor(finders: readonly Finder[], paths: readonly PathState[], counts: Map<string, number>, isLast: boolean) {
    this.#finders = finders;
    this.paths = paths;
    this.#counts = counts;
    this.isLast = isLast;
  }

  /** Masks what the finders find, except at the end of a text that may go on: that is looked at again with what follows. */
  mask(layer: Layer): void {
    let text = layer.text();
    for (const finder of this.#finders) {
      if (text.length < finder.shortest) continue;
      let changed = false;
      for (const { start, from, to, mask } of finder.find(text)) {
        if (to === text.length && !this.isLast && to - start < longestSecret) {
          this.openItem = Math.min(this.openItem, layer.itemAt(start));
        } else if (layer.write(from, mask)) {
          this.count(finder.name);
          changed = true;
        }
      }
      if (changed) text = layer.text();
    }
  }

  count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
