import {
  formatExchange,
  parseCassette,
  redactExchange,
  type CreateHash,
  type ReadPayloadFile,
  type RedactionOptions,
} from "@eventstream-kit/cassette";

/**
 * A cassette with its secrets masked. Exchanges without any stay as they are, to the byte; of the others, comments and lines of
 * unknown kinds stay, before and after the exchange. A text in which there is nothing to mask comes back as it is.
 *
 * Throws what `parseCassette` and `redactExchange` throw.
 */
export function redactCassetteText(
  text: string,
  options: RedactionOptions,
  sha256: CreateHash,
  readFile: ReadPayloadFile,
): string {
  const { exchanges } = parseCassette(text, { sha256, readFile });
  const blocks = blocksOf(text);
  let changed = false;
  for (const [index, exchange] of exchanges.entries()) {
    const masked = redactExchange(exchange, options, sha256);
    if (masked === exchange) continue;
    changed = true;
    blocks[index + 1] = replacedBlock(blocks[index + 1]!, formatExchange(masked).trimEnd().split("\n"));
  }
  return changed ? joined(blocks, options) : text;
}

/** A cassette whose exchanges are written anew, with everything of the text before that is not part of one. */
export function withLinesOf(before: string, written: string, options: RedactionOptions): string {
  const [first = [], ...blocks] = blocksOf(before);
  const anew = blocksOf(written.trimEnd()).slice(1);
  return joined([first, ...blocks.map((block, index) => replacedBlock(block, anew[index]!))], options);
}

function replacedBlock(block: readonly string[], lines: readonly string[]): string[] {
  const comments = block.filter((line) => line.startsWith("#"));
  const others = block.filter((line) => !line.startsWith("#") && !isKnown(line));
  return [...comments, ...lines, ...others];
}

function joined(blocks: readonly (readonly string[])[], options: RedactionOptions): string {
  const lines = options.normalize?.length ? edited(blocks.flat()) : blocks.flat();
  const masked = lines.join("\n");
  return masked.endsWith("\n") ? masked : `${masked}\n`;
}

/** The lines before the first exchange, and then those of each, up to the next one or another cassette. */
function blocksOf(text: string): string[][] {
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
function isKnown(line: string): boolean {
  return line.trim() === "" || kinds.has(kindOf(line));
}

function kindOf(line: string): unknown {
  return line.startsWith("{") ? (JSON.parse(line) as { k?: unknown }).k : undefined;
}

/** What was changed beyond masking is no longer what was recorded. */
function edited(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) =>
    index === 0 ? JSON.stringify({ ...(JSON.parse(line) as object), origin: "edited" }) : line,
  );
}
