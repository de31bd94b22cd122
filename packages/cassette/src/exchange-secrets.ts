import type { LongExchange } from "./cassette.ts";
import { exchangeLines } from "./format-cassette.ts";
import { SecretGate } from "./secret-gate.ts";

/**
 * {@link assertNoSecrets} for one exchange: for its lines, and for what a frame boundary cuts in two. That is what its
 * frames carry one after the other, and, where they carry JSON (also in base64, in lines or as server-sent events), the
 * strings of each place in it one after the other.
 *
 * `saveCassette` does the same to all it writes.
 *
 * @throws CassetteError `secret`
 */
export function assertNoSecretsInExchange(exchange: LongExchange, secrets: readonly string[]): void {
  const gate = new SecretGate(secrets);
  for (const line of exchangeLines(exchange, elsewhere, (item) => gate.item(item))) gate.text(line);
  gate.itemsEnded();
  gate.payload(exchange.request.body);
  gate.finish();
}

/** What is too long for a line is looked at as the item or body that it is. */
const elsewhere = ({ length }: Uint8Array) => ({ file: "", bytes: length });
