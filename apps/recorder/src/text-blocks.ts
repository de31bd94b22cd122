/** The lines before the first exchange, and then those of each, up to the next one or another cassette. */
export function blocksOf(text: string): string[][] {
  const blocks: string[][] = [[]];
  for (const given of text.split("\n")) {
    const line = given.replace(/\r$/, "");
    if (kindOf(line) === "req") blocks.push([]);
    blocks.at(-1)!.push(line);
  }
  return blocks;
}

const kinds: ReadonlySet<unknown> = new Set(["req", "res", "frame", "raw", "trailers", "end", "timing", "meta"]);

/** Lines of which the exchange is made. A first line of another cassette is none of them. */
export function isKnown(line: string): boolean {
  return line.trim() === "" || kinds.has(kindOf(line));
}

function kindOf(line: string): unknown {
  return line.startsWith("{") ? (JSON.parse(line) as { k?: unknown }).k : undefined;
}
