import { assertNoSecrets } from "@eventstream-kit/cassette";
import { maskedText } from "./masked-text.ts";

/**
 * A line for people without the secrets: stars instead of one that is there as it is, and another line where one is there
 * in some other form, such as URL-encoded in a request's path. Like the gate before a write, this leaves secrets of fewer than
 * 8 characters alone. What only looks like a secret is masked as in recordings.
 */
export function maskedLine(line: string, secrets: Iterable<string> = []): string {
  return maskedText(withoutSecrets(line, secrets));
}

function withoutSecrets(line: string, secrets: Iterable<string>): string {
  const known = [...secrets].filter(({ length }) => length >= 8);
  if (known.length === 0) return line;
  // The longest first: one may begin with another.
  known.sort((a, b) => b.length - a.length);
  const masked = known.reduce((text, secret) => text.replaceAll(secret, "********"), line);
  try {
    assertNoSecrets(masked, known);
    return masked;
  } catch {
    return "(a line that contained one of the recorder's own credentials)";
  }
}
