/**
 * What has to hold wherever JavaScript runs. Imports nothing but the package as it is published, and uses nothing but
 * what Node, Bun, Deno, workers and browsers have in common: https://min-common-api.proposal.wintertc.org
 *
 * `npm run test:runtimes` runs it in each of them.
 */
import { crcChecks } from "./crc-checks.mjs";
import { Harness } from "./harness.mjs";
import { messageChecks } from "./message-checks.mjs";
import { streamChecks } from "./stream-checks.mjs";

/** Every code of the published types. One that nothing here provokes is a failure. */
const allCodes = `prelude_crc message_crc length_relation too_large truncated trailing_bytes header_overrun header_type
  header_name_empty header_duplicate header_utf8 value_length message_type event_type payload_json payload_utf8
  not_event_stream exception error encode_range encode_type encode_limit encode_duplicate signature_mismatch
  signature_missing signing_end_missing signing_ended invalid_argument function_error missing_complete after_complete interrupted`
  .split(/\s+/)
  .toSorted();

/**
 * @param {readonly { name: string, hex: string, message?: object, code?: string }[]} vectors The files of `test/vectors`.
 * @returns {Promise<import("./harness.mjs").Report>}
 */
export async function conformance(vectors) {
  const harness = new Harness();
  for (const [name, run] of Object.entries({ ...crcChecks, ...messageChecks, ...streamChecks })) {
    await harness.group(name, () => run(harness, vectors));
  }
  await harness.group("every error code", () => harness.equal([...harness.codes].map(String).toSorted(), allCodes));
  return harness.report();
}
