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
  /** User and password of an `Authorization: Basic`. */
  | "basic-credentials"
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
//
// Texts are also read in URLs and in JSON within other text, where nobody has undone their escapes, which may be escaped
// themselves: `%2F` and `%252F`, `\/`, `\\/`, `\u002F` and `\\u002F` are slashes.
//
// No character can be taken in two ways by what is repeated: all of them would be tried where a text breaks off.

const hexDigit = "[0-9A-Fa-f]";
const percent = "%(?:25){0,3}";
/** One before what it escapes, or several when that is escaped again. */
const backslashes = String.raw`(?:\\|${percent}5[Cc]){1,32}`;
/** The escape of a character, by its code in hexadecimal (a pattern). */
const escaped = (code: string) => `${percent}(?:${code})|${backslashes}u00(?:${code})`;
/** What may be escaped of base64. */
const escapedLetter = String.raw`${escaped("2[BFbf]")}|${backslashes}(?:\/|${percent}2[Ff])`;
const letter = `(?:[A-Za-z0-9/+]|${escapedLetter})`;
const padding = `(?:=|${escaped("3[Dd]")})`;
const colon = `(?::|${escaped("3[Aa]")})`;
const blank = String.raw`(?:[ \t+]|${escaped("20|09")})`;
/** The same, where a percent sign is a letter. */
const escapedByBackslash = String.raw`\\{1,32}(?:\/|u00(?:2[BFbf]|3[Dd]))`;

/**
 * What is between a name and its value: quotes, blanks and the like. No backslash that escapes the value.
 *
 * @param more such characters, and their codes, each with a bar in front of it.
 */
function between(more = "", codes = ""): string {
  const code = `(?:2[027]|3[ADEade]|0[9ADad]${codes})`;
  return String.raw`(?:["'\\\s:=>${more}]|${percent}(?:5[Cc]|${code})|(?<=\\|5[Cc])(?:[nrt]|u00${code})){1,64}(?<!\\|${percent}5[Cc])`;
}

/**
 * Stands behind what begins a secret: no character of the kind is right before that, unless it ends an escape (`\n`, `\u0022`,
 * `%3D`) or the colour of a terminal.
 */
const alone = (kind: string, begin: string) =>
  String.raw`(?<!(?<!\\|5[Cc]|\\u${hexDigit}{3}|5[Cc]u${hexDigit}{3}|\\x${hexDigit}|${percent}${hexDigit}|(?:\[|5[Bb])[\d;]{0,16})${kind}${begin})`;

/** A quote, which may be escaped, or encoded for a URL. */
const quotes = String.raw`(?:["'\\]|${percent}(?:5[Cc]|2[27]))`;
const blanks = String.raw`(?:\s|${percent}(?:20|0[9ADad])){0,16}`;

/**
 * What else may be between a name and what is {@link between} it and its value, tried when nothing is: the rest of an entry
 * (`"name":"<name>","value":"..."`, also of XML, YAML and queries), a list (`"<name>":["..."]`, `["<name>","..."]`), a type as of
 * DynamoDB (`"<name>":{"S":"..."}`).
 */
const apart = [
  String.raw`(?![a-z\d])[^{}]{0,64}?(?<=parameter|output|[^a-z])value(?=["'\\:=<>%])`,
  `${quotes}{1,16}${blanks}(?:,|${percent}2[Cc])`,
  `${quotes}{1,16}${blanks}${colon}${blanks}(?:\\[|${percent}5[Bb])`,
  `${quotes}{1,16}${blanks}${colon}${blanks}(?:\\{|${percent}7[Bb])${blanks}${quotes}{1,16}S`,
].join("|");

/** Or little else at all, where what follows has a form that little else has. */
const near = String.raw`[^{}]{0,64}?[^A-Za-z0-9/+={}]`;

const secretKey = String.raw`(${letter}{40})(?!${letter}|=)`;

/** No secret is shorter. */
const shortest = 16;

/** As `matchAll`, which makes a new pattern each time: for short texts that is most of the work. No match is empty. */
function* all(pattern: RegExp, text: string): Generator<RegExpExecArray, void, undefined> {
  for (let at = 0; ;) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return;
    at = pattern.lastIndex;
    yield match;
  }
}

/** What is masked of a match is its group, which is its end. */
function matches(name: RedactionRule, source: string, flags: "g" | "gi"): Finder {
  const pattern = new RegExp(source, flags);
  const by = name === "aws-account-id" ? "0" : "X";
  return {
    name,
    shortest,
    *find(text) {
      for (const match of all(pattern, text)) {
        const secret = match[1]!;
        const to = match.index + match[0].length;
        yield { start: match.index, from: to - secret.length, to, mask: by.repeat(secret.length) };
      }
    },
  };
}

/** Of entries whose name comes last, as where the members are in another order. */
const namedAfter = new RegExp(
  `secret[_ -]?access[_ -]?key(?<=value${between()}${secretKey}[^{}]{1,64}?secret[_ -]?access[_ -]?key)`,
  "dgi",
);

const secretKeysBeforeNames: Finder = {
  name: "aws-secret-access-key" satisfies RedactionRule,
  shortest,
  *find(text) {
    for (const { indices } of all(namedAfter, text)) {
      const [from, to] = indices![1]!;
      yield { start: from, from, to, mask: "X".repeat(to - from) };
    }
  },
};

const signed = String.raw`eyJ[\w-]{8,}\.[\w-]{16,}`;
/** Its key, which there may be none of, a nonce, the text and a tag (RFC 7516). */
const encrypted = String.raw`[\w-]*\.[\w-]{16,}\.[\w-]+\.[\w-]{22,}`;
/** The first part, backwards from its dot: there may be a word in front that ends where it begins. */
const token = new RegExp(String.raw`\.(?<=(eyJ[\w-]{8,})\.)(?:${signed}|${encrypted})`, "g");

const jwts: Finder = {
  name: "jwt" satisfies RedactionRule,
  shortest,
  *find(text) {
    for (const match of all(token, text)) {
      const from = match.index - match[1]!.length;
      const to = match.index + match[0].length;
      yield { start: from, from, to, mask: "X".repeat(to - from) };
    }
  },
};

const begin = new RegExp(
  `-----BEGIN${blank}(?:[A-Z0-9]{1,20}${blank}){0,4}PRIVATE${blank}KEY(?:${blank}BLOCK)?-----`,
  "g",
);
/** Base64, the headers of old formats, line ends that may be escaped several times; up to the dashes of the last line. */
const body = /(?:[A-Za-z0-9+/=%\s\\:,.]|-(?!----))*/y;
/** What is masked: line ends and their escapes are not. */
const masked = /(\\+(?:u[0-9a-f]{4}|.)|\s+)|[^\\\s]+/gi;

/** Also a block without an end, for there may never be one, and without a key as yet. */
const privateKeys: Finder = {
  name: "private-key" satisfies RedactionRule,
  shortest,
  *find(text) {
    for (const match of all(begin, text)) {
      const from = match.index + match[0].length;
      body.lastIndex = from;
      const [secret] = body.exec(text)!;
      const mask = secret.replace(masked, (run, kept: string | undefined) => kept ?? "X".repeat(run.length));
      yield { start: match.index, from, to: from + secret.length, mask };
    }
  },
};

/**
 * In the order in which they are applied.
 *
 * Key ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids. Security tokens
 * begin with base64 of a version and "origin" or "aws".
 */
export const builtInFinders: readonly Finder[] = [
  matches("aws-access-key-id", `(?:AKIA|ASIA|ABIA|ACCA)${alone("[A-Z0-9]", ".{4}")}([A-Z2-7]{16})(?![A-Z0-9])`, "g"),
  matches(
    "aws-secret-access-key",
    `secret[_ -]?access[_ -]?key(?:(?:${apart})??${between()}|${near})${secretKey}`,
    "gi",
  ),
  secretKeysBeforeNames,
  matches("aws-secret-access-key", `secret[_-]?key${between()}${secretKey}`, "gi"),
  matches("aws-secret-access-key", `A[KS]IA[A-Z2-7]{16}${between(",;|", "|2[Cc]|3[Bb]|7[Cc]")}${secretKey}`, "g"),
  matches(
    "aws-session-token",
    `((?:IQoJb3JpZ2lu|F[Qw]oGZXIvYXdz|AQoDYXdz)(?:[A-Za-z0-9/+=%]|${escapedByBackslash}){64,})`,
    "g",
  ),
  matches(
    "aws-session-token",
    `(?:session|security|access|refresh|auth|authorization)[_-]?token(?:${apart})??${between()}((?:[A-Za-z0-9/+=%._-]|${escapedByBackslash}){16,})`,
    "gi",
  ),
  matches("aws-signature", `signature${between()}([0-9a-f]{64})(?![0-9a-f])`, "gi"),
  matches(
    "aws-account-id",
    String.raw`arn${colon}aws[a-z-]{0,20}${colon}[a-z0-9-]{1,63}${colon}[a-z0-9-]{0,25}${colon}(\d{12})(?!\d)`,
    "gi",
  ),
  // Lambda's partial ARN.
  matches("aws-account-id", String.raw`(\d{12})${alone(String.raw`\d`, ".{12}")}(?=${colon}function${colon})`, "gi"),
  matches(
    "bedrock-api-key",
    `(?:ABSK${alone("[A-Za-z0-9]", "ABSK")}|bedrock-api-key-)((?:${letter}|${padding}){40,})`,
    "g",
  ),
  jwts,
  matches("bearer-token", String.raw`bearer${blank}{1,4}((?:[\w.~+/-]|${escapedLetter}){20,}${padding}*)`, "gi"),
  // Only behind the header's name, because much in prose is basic. RFC 7617: base64 of user, colon and password.
  matches(
    "basic-credentials",
    `authorization(?:${apart})??${between()}basic${blank}{1,4}(${letter}{4,}${padding}{0,2})`,
    "gi",
  ),
  privateKeys,
];

export const redactionRules: readonly string[] = [...new Set(builtInFinders.map(({ name }) => name))];
