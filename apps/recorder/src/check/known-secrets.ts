/** A kind of secret that can be told by its form alone. */
interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  /** True for what only looks like one. */
  readonly harmless?: RegExp;
}

const rules: readonly Rule[] = [
  {
    name: "aws-access-key-id",
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    pattern: /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])/g,
    // AWS's documentation ends its keys so; a run of X is a mask.
    harmless: /EXAMPLE$|X{8}/,
  },
  {
    name: "aws-secret-access-key",
    pattern: /(?:secret_?access_?key|aws_?secret_?key)["'\\\s:=]{1,8}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
    harmless: /EXAMPLEKEY$|X{16}/,
  },
  // What security tokens of AWS begin with: base64 of a version and "origin".
  { name: "aws-session-token", pattern: /(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[A-Za-z0-9/+=%]{64,}/g },
  { name: "aws-signature", pattern: /AWS4-HMAC-SHA256 Credential=|[?&]X-Amz-Signature=[0-9a-f]{64}/gi },
  { name: "jwt", pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/g },
  { name: "bearer-token", pattern: /\bbearer +[\w.~+/-]{20,}/gi, harmless: /X{16}/ },
  { name: "private-key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g },
];

export interface KnownSecret {
  /** Name of the rule. */
  readonly rule: string;
  /** Where it begins in the text; undefined when it is in base64 in the text. */
  readonly index?: number;
}

/** What looks like a secret in a text, in base64 within it too (such as `LogResult`). The first of each kind. */
export function knownSecrets(text: string): KnownSecret[] {
  const found = new Map<string, KnownSecret>();
  for (const secret of plainSecrets(text)) if (!found.has(secret.rule)) found.set(secret.rule, secret);
  for (const [base64] of text.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)) {
    for (const { rule } of plainSecrets(Buffer.from(base64, "base64").toString("latin1"))) {
      if (!found.has(rule)) found.set(rule, { rule });
    }
  }
  return [...found.values()];
}

function* plainSecrets(text: string): Generator<KnownSecret & { index: number }> {
  for (const { name, pattern, harmless } of rules) {
    for (const { 0: match, index } of text.matchAll(pattern)) {
      if (!harmless?.test(match)) yield { rule: name, index };
    }
  }
}
