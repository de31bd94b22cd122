import type { RedactionRule } from "./rules.ts";

/** What is masked in recordings, besides what never gets into them (headers, signatures). */
export interface RedactionOptions {
  /** Rules of {@link RedactionRule} that are not applied. Default: all are. */
  readonly off?: readonly RedactionRule[];
  /**
   * Values to mask in JSON: paths such as `$.user.email`, `$.items[*].token` and `$..password`, or JSON Pointers (RFC 6901)
   * such as `/user/email`. They count from the root of each JSON document: a payload, a line of payloads, a request's body,
   * or what base64 in one of these says.
   */
  readonly json?: readonly string[];
  /** What a pattern matches is masked; of one with groups, what its first group matches. */
  readonly regex?: readonly RegExp[];
  /** Finds what is secret in a text: gives secrets, each masked wherever it is in the text, or where they are. */
  readonly find?: FindSecrets;
  /**
   * Changes that make recordings alike, off by default because they are no longer what was received. `bedrock-padding`
   * empties the random padding `p` of Bedrock's events.
   */
  readonly normalize?: readonly "bedrock-padding"[];
}

export type FindSecrets = (text: string) => Iterable<string | readonly [from: number, to: number]>;
