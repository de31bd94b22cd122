import { builtInFinders, type RedactionRule } from "./rules.ts";

/** A part of a text that looks like a secret. */
export interface LikelySecret {
  readonly rule: RedactionRule;
  /** Where it begins in the text, without what tells that it is one. */
  readonly from: number;
  readonly to: number;
}

/**
 * What looks like a secret in a text, by the rules that recordings are masked by, rule after rule. What they have masked
 * is none. The first line of a private key counts without the key, too: that may be on its way in the next text.
 *
 * @param text any text. Of bytes, latin1: one character for each.
 */
export function* secretsIn(text: string): Generator<LikelySecret, void, undefined> {
  for (const finder of builtInFinders) {
    for (const { from, to, mask } of finder.find(text)) {
      if (mask === "" || text.slice(from, to) !== mask) yield { rule: finder.name as RedactionRule, from, to };
    }
  }
}
