import { assertNoSecrets } from "./assert-no-secrets.ts";
import { concat } from "./bytes.ts";
import type { Exchange } from "./cassette.ts";
import { formatExchange } from "./format-cassette.ts";
import { joinedStrings } from "./json-strings.ts";

/**
 * {@link assertNoSecrets} for one exchange: for its lines, and for what a frame boundary cuts in two. That is what its
 * frames carry one after the other, and, where they carry JSON (also in base64, in lines or as server-sent events), the
 * strings of each place in it one after the other.
 *
 * `saveCassette` does the same to all it writes.
 *
 * @throws CassetteError `secret`
 */
export function assertNoSecretsInExchange(exchange: Exchange, secrets: readonly string[]): void {
  assertNoSecrets(formatExchange(exchange), secrets);
  assertNoSecretsInPayloads(exchange, secrets);
}

export function assertNoSecretsInPayloads({ items }: Exchange, secrets: readonly string[]): void {
  const payloads = items.map((item) => (item.kind === "frame" ? item.message.payload : item.bytes));
  const whole = concat(payloads);
  assertNoSecrets(whole, secrets);
  const utf8 = new TextDecoder();
  // A frame may be a value, or lines be values wherever frames end.
  const lines = utf8.decode(whole).split("\n");
  const strings = [
    ...joinedStrings(payloads.map((payload) => utf8.decode(payload))),
    ...joinedStrings(lines.map((line) => line.replace(/^data: ?/, ""))),
  ];
  // Once for all, because most of the work is in the secrets. No secret goes on behind a NUL.
  if (strings.length > 0) assertNoSecrets(strings.join("\0"), secrets);
}
