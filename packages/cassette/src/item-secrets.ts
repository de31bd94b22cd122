import { assertNoSecrets } from "./assert-no-secrets.ts";
import { concat } from "./bytes.ts";
import type { Item } from "./cassette.ts";
import { joinedStrings } from "./json-strings.ts";

/** {@link assertNoSecrets} for what items carry one after the other, and for the strings of each place in their JSON. */
export function assertNoSecretsInItems(items: readonly Item[], secrets: readonly string[]): void {
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
