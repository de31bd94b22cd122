import { assertNoSecrets } from "./assert-no-secrets.ts";
import { concat } from "./bytes.ts";
import type { Exchange } from "./cassette.ts";
import { formatExchange } from "./format-cassette.ts";

/**
 * {@link assertNoSecrets} for one exchange: for its lines, and for what its frames carry one after the other, where a
 * secret is whole that a frame boundary cuts in two.
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
  assertNoSecrets(concat(payloads), secrets);
}
