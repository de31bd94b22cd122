import { secretsIn } from "@eventstream-kit/cassette";

/** A text with what looks like a secret masked, as long as it was: what recordings do not hold is no name of them either. */
export function maskedText(text: string): string {
  let masked = text;
  for (const { rule, from, to } of secretsIn(text)) {
    const filler = rule === "aws-account-id" ? "0" : "X";
    masked = masked.slice(0, from) + filler.repeat(to - from) + masked.slice(to);
  }
  return masked;
}
