import {
  formatExchange,
  parseCassette,
  redactExchange,
  type CreateHash,
  type ReadPayloadFile,
  type RedactionOptions,
} from "@eventstream-kit/cassette";
import { refuseKeptSecrets } from "./kept-secrets.ts";
import { blocksOf, isKnown } from "./text-blocks.ts";

export interface TextRedaction {
  readonly options: RedactionOptions;
  /** Values that must not be there afterwards. */
  readonly secrets: readonly string[];
  readonly sha256: CreateHash;
}

/**
 * A cassette with its secrets masked. Exchanges without any stay as they are, to the byte; of the others, comments and lines of
 * unknown kinds stay, before and after the exchange. A text in which there is nothing to mask comes back as it is.
 *
 * Throws what `parseCassette` and `redactExchange` throw.
 *
 * @param file named in errors.
 * @throws RecorderError `secret_found`
 */
export function redactCassetteText(
  file: string,
  text: string,
  readFile: ReadPayloadFile,
  { options, secrets, sha256 }: TextRedaction,
): string {
  const { exchanges } = parseCassette(text, { sha256, readFile });
  const masked = exchanges.map((exchange) => redactExchange(exchange, options, sha256));
  refuseKeptSecrets({ file, text, before: exchanges, masked }, secrets);
  const blocks = blocksOf(text);
  let changed = false;
  for (const [index, exchange] of masked.entries()) {
    if (exchange === exchanges[index]) continue;
    changed = true;
    blocks[index + 1] = replacedBlock(blocks[index + 1]!, formatExchange(exchange).trimEnd().split("\n"));
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

/** What was changed beyond masking is no longer what was recorded. */
function edited(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) =>
    index === 0 ? JSON.stringify({ ...(JSON.parse(line) as object), origin: "edited" }) : line,
  );
}
