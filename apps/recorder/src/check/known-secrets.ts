import { secretsIn, type LikelySecret, type RedactionRule } from "@eventstream-kit/cassette";

/** What keys in AWS's documentation end with. */
const documented: Partial<Record<RedactionRule, RegExp>> = {
  "aws-access-key-id": /EXAMPLE$/,
  "aws-secret-access-key": /EXAMPLEKEY$/,
};

export interface KnownSecret {
  readonly rule: RedactionRule;
  /** Where it begins in the text; undefined when it is in base64 in the text. */
  readonly index?: number;
}

/** What looks like a secret in a text, in base64 within it too (such as `LogResult`). The first of each kind. */
export function knownSecrets(text: string): KnownSecret[] {
  const found = new Map<RedactionRule, KnownSecret>();
  for (const { rule, from } of plainSecrets(text)) if (!found.has(rule)) found.set(rule, { rule, index: from });
  for (const base64 of base64In(text)) {
    for (const { rule } of plainSecrets(Buffer.from(base64, "base64").toString("latin1"))) {
      if (!found.has(rule)) found.set(rule, { rule });
    }
  }
  return [...found.values()];
}

/** Each run of at least 24 letters of base64, however long: the payloads of a stream may be one of megabytes. */
function* base64In(text: string): Generator<string> {
  const begin = /[A-Za-z0-9+/]{24}/g;
  // In pieces, because V8 remembers each letter that it may have to give back, and has room for some ten millions.
  const more = /[A-Za-z0-9+/]{1,65536}/y;
  while (begin.test(text)) {
    const from = begin.lastIndex - 24;
    let to = begin.lastIndex;
    for (more.lastIndex = to; more.test(text);) to = more.lastIndex;
    yield text.slice(from, to);
    begin.lastIndex = to;
  }
}

function* plainSecrets(text: string): Generator<LikelySecret> {
  for (const secret of secretsIn(text)) {
    // An account is masked because no recording needs it. It opens nothing, and a cassette written by hand may have one.
    if (secret.rule === "aws-account-id") continue;
    if (!documented[secret.rule]?.test(text.slice(secret.from, secret.to))) yield secret;
  }
}
