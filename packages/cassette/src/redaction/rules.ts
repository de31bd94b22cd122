/** Secrets that can be told by their form, or by the name in front of them. */
export type RedactionRule =
  /** `AKIA...`, `ASIA...`: what follows the four letters. */
  | "aws-access-key-id"
  /** A secret key with its name in front of it, or after its key id. */
  | "aws-secret-access-key"
  /** A security token, by its beginning or by its name. */
  | "aws-session-token"
  /** A signature of Signature Version 4. */
  | "aws-signature"
  /** The account in an ARN, which becomes zeros. */
  | "aws-account-id"
  /** A key for Amazon Bedrock. */
  | "bedrock-api-key"
  | "jwt"
  | "bearer-token"
  /** What is between the lines of a PEM block with a private key. */
  | "private-key";

/** A part of a text that is to be masked. */
export interface Found {
  /** Where what tells that it is secret begins, at most `from`. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
  /** What to mask it with, as long as itself. */
  readonly mask: string;
}

/** A way to find what is secret. What it finds ends where it does: more text behind it would not make it longer. */
export interface Finder {
  /** What it is called in `meta.redacted`. */
  readonly name: string;
  /** Texts of fewer characters have nothing to find. */
  readonly shortest: number;
  find(text: string): Iterable<Found>;
}

// Linear in time, whatever the text is: each repetition ends at a character that it cannot take, and starts only where
// the one before it cannot have started.

/**
 * What is masked of a match is its last group.
 *
 * Key ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids. Security tokens
 * begin with base64 of a version and "origin" or "aws".
 */
const patterns: readonly (readonly [RedactionRule, RegExp])[] = [
  ["aws-access-key-id", /(?:AKIA|ASIA|ABIA|ACCA)(?<![A-Z0-9].{4})([A-Z2-7]{16})(?![A-Z0-9])/g],
  [
    "aws-secret-access-key",
    /secret[_ -]?access[_ -]?key["'\\\s:=>]{1,8}((?:[A-Za-z0-9/+]|\\\/){40})(?![A-Za-z0-9/+=])/gi,
  ],
  ["aws-secret-access-key", /aws_?secret_?key["'\\\s:=>]{1,8}((?:[A-Za-z0-9/+]|\\\/){40})(?![A-Za-z0-9/+=])/gi],
  ["aws-secret-access-key", /A[KS]IA[A-Z2-7]{16}["'\\\s,:;|]{1,8}((?:[A-Za-z0-9/+]|\\\/){40})(?![A-Za-z0-9/+=])/g],
  ["aws-session-token", /((?:IQoJb3JpZ2lu|F[Qw]oGZXIvYXdz|AQoDYXdz)(?:[A-Za-z0-9/+=%]|\\\/){64,})/g],
  ["aws-session-token", /(?:session|security)[_-]?token["'\\\s:=>]{1,8}((?:[A-Za-z0-9/+=%._-]|\\\/){16,})/gi],
  ["aws-signature", /signature["'\\\s:=]{1,4}([0-9a-f]{64})(?![0-9a-f])/gi],
  [
    "aws-account-id",
    /arn(?::|%3A)aws[a-z-]{0,20}(?::|%3A)[a-z0-9-]{1,63}(?::|%3A)[a-z0-9-]{0,25}(?::|%3A)(\d{12})(?!\d)/gi,
  ],
  // Lambda's partial ARN.
  ["aws-account-id", /(\d{12})(?<!\d{13})(?=(?::|%3A)function(?::|%3A))/gi],
  ["bedrock-api-key", /(?:ABSK(?<![A-Za-z0-9]ABSK)|bedrock-api-key-)((?:[A-Za-z0-9/+=]|\\\/){40,})/g],
  ["jwt", /(eyJ(?<![\w-]eyJ)[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,})/g],
  ["bearer-token", /bearer(?<!\wbearer)(?:[ \t]|%20){1,4}((?:[\w.~+/-]|\\\/){20,}=*)/gi],
];

/** No secret is shorter. */
const shortest = 16;

function finderOf(name: RedactionRule, pattern: RegExp): Finder {
  const by = name === "aws-account-id" ? "0" : "X";
  return {
    name,
    shortest,
    *find(text) {
      for (const match of text.matchAll(pattern)) {
        const secret = match[1]!;
        const to = match.index + match[0].length;
        yield { start: match.index, from: to - secret.length, to, mask: by.repeat(secret.length) };
      }
    },
  };
}

const begin = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;
/** Base64, the headers of old formats, line ends that may be escaped several times; up to the dashes of the last line. */
const body = /(?:[A-Za-z0-9+/=\s\\:,.]|-(?!----))*/y;
/** What is masked: line ends and their escapes are not. */
const masked = /(\\+(?:u[0-9a-f]{4}|.)|\s+)|[^\\\s]+/gi;

/** Also a block without an end, for there may never be one, and without a key as yet. */
const privateKeys: Finder = {
  name: "private-key" satisfies RedactionRule,
  shortest,
  *find(text) {
    for (const match of text.matchAll(begin)) {
      const from = match.index + match[0].length;
      body.lastIndex = from;
      const [secret] = body.exec(text)!;
      const mask = secret.replace(masked, (run, kept: string | undefined) => kept ?? "X".repeat(run.length));
      yield { start: match.index, from, to: from + secret.length, mask };
    }
  },
};

/** In the order in which they are applied. */
export const builtInFinders: readonly Finder[] = [
  ...patterns.map(([name, pattern]) => finderOf(name, pattern)),
  privateKeys,
];

export const redactionRules: readonly string[] = [...new Set(builtInFinders.map(({ name }) => name))];
