import { assertNoSecrets, assertNoSecretsInExchange, CassetteError, type Exchange } from "@eventstream-kit/cassette";
import { RecorderError } from "./errors.ts";
import { blocksOf, isKnown } from "./text-blocks.ts";

export interface MaskedText {
  /** Named in the error. */
  readonly file: string;
  readonly text: string;
  /** The exchanges of the text. */
  readonly before: readonly Exchange[];
  /** The same ones masked. One in which there was nothing to mask keeps its lines. */
  readonly masked: readonly Exchange[];
}

/**
 * The gate of a recording, for a cassette that was masked: what is written and what stays as it is.
 *
 * @throws RecorderError `secret_found`
 */
export function refuseKeptSecrets({ file, text, before, masked }: MaskedText, secrets: readonly string[]): void {
  if (secrets.length === 0) return;
  const kept = blocksOf(text).map((block, index) => {
    const isReplaced = index > 0 && masked[index - 1] !== before[index - 1];
    // An empty line, so that the others keep their numbers.
    return isReplaced ? block.map((line) => (isKnown(line) ? "" : line)) : block;
  });
  refuseIn(file, () => assertNoSecrets(kept.flat().join("\n"), secrets));
  for (const [index, exchange] of masked.entries()) {
    refuseIn(file, () => assertNoSecretsInExchange(exchange, secrets), `in exchange ${index + 1}`);
  }
}

/** @param place where it is. Default: the line that the gate says. */
function refuseIn(file: string, gate: () => void, place?: string): void {
  try {
    gate();
  } catch (cause) {
    if (!(cause instanceof CassetteError) || cause.code !== "secret") throw cause;
    const found = place ?? (cause.line === undefined ? "in its text" : `on line ${cause.line}`);
    throw new RecorderError(
      "secret_found",
      `${file} stays as it is: ${found} is one of your own credentials, in a form or place that is not masked`,
      { hint: "Remove it by hand, or record anew", cause },
    );
  }
}
