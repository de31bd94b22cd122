import { toBase64 } from "./base64.ts";
import { hex } from "./body-hash.ts";
import { CassetteError } from "./errors.ts";

/** A secret shorter than this, in characters, would be found everywhere: `test` is in any test's recording. */
const shortestSecret = 8;

/**
 * Throws if a secret occurs in the text in any of the forms in which it travels: as it is, URL-encoded, JSON-escaped (also
 * in JSON inside JSON), as hex in either case, and as base64 or base64url at any of its three alignments (also twice).
 *
 * This is the last gate before a write, not a redactor: what it finds must not be there at all.
 *
 * @param text what is going to be written. Bytes are read as UTF-8.
 * @param secrets the values. Those of fewer than 8 characters are skipped: they would be found by accident.
 * @throws CassetteError `secret`, with the line if the text has it literally. The message says which of the secrets it is by
 *   its place in the list and never shows it.
 */
export function assertNoSecrets(text: string | Uint8Array, secrets: readonly string[]): void {
  const whole = typeof text === "string" ? text : new TextDecoder().decode(text);
  const readings = readingsOf(whole);
  for (const [index, secret] of secrets.entries()) {
    if (secret.length < shortestSecret) continue;
    for (const [form, needle] of needlesOf(secret)) {
      if (!readings.some((reading) => reading.includes(needle))) continue;
      const at = whole.indexOf(needle);
      const line = at < 0 ? undefined : whole.slice(0, at).split("\n").length;
      const place = line === undefined ? "" : ` on line ${String(line)}`;
      throw new CassetteError(
        "secret",
        `Checking for secrets: found number ${String(index + 1)} of ${String(secrets.length)}, ${form}${place}; expected none`,
        { line },
      );
    }
  }
}

/** The text, and what it says to a reader that undoes escapes: whatever somebody chose to escape, or escaped twice. */
function readingsOf(text: string): string[] {
  const readings = [text];
  // A cassette's `text` member with JSON that holds JSON has three layers.
  for (let layer = 0, reading = text; layer < 3; layer++) {
    reading = jsonUnescaped(reading);
    readings.push(reading);
  }
  return [...new Set([...readings, ...readings.map(percentDecoded)])];
}

const shortEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function jsonUnescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))/gi, (_, unit: string | undefined, short: string) =>
    unit === undefined ? (shortEscapes[short] ?? short) : String.fromCharCode(Number.parseInt(unit, 16)),
  );
}

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = run.match(/[0-9a-f]{2}/gi)!.map((pair) => Number.parseInt(pair, 16));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });
}

/** The forms of a secret to look for, with what to call them. */
function* needlesOf(secret: string): Generator<[form: string, needle: string], void, undefined> {
  const encoder = new TextEncoder();
  // `encodeURIComponent` throws on half of a surrogate pair.
  const wellFormed = new TextDecoder().decode(encoder.encode(secret));
  const digits = hex(encoder.encode(secret));
  const forms: [string, string][] = [
    ["as it is", secret],
    ["URL-encoded", encodeURIComponent(wellFormed)],
    ["JSON-escaped", JSON.stringify(secret).slice(1, -1)],
    ["as hex", digits],
    ["as hex", digits.toUpperCase()],
  ];
  yield* forms;
  for (const [, form] of forms) {
    for (const inner of base64Needles(encoder.encode(form))) yield ["as base64", inner];
  }
  for (const once of base64Needles(encoder.encode(secret))) {
    for (const twice of base64Needles(encoder.encode(once))) yield ["as base64 of base64", twice];
  }
}

/**
 * What base64 of anything with these bytes in it must contain. Three bytes are four characters:
 *
 *     alignment 0    [aaaaaa aabbbb bbbbcc cccccc]
 *     alignment 1    [...... ..aaaa aaaabb bbbbbb] cc...      the first 2 characters depend on what is before
 *     alignment 2    [...... ...... ....aa aaaaaa] bb...      the first 3
 *
 * and the last character on what comes after, unless the bytes fill it.
 */
function* base64Needles(bytes: Uint8Array): Generator<string, void, undefined> {
  for (const [before, dependent] of [0, 2, 3].entries()) {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const needle = toBase64(shifted).slice(dependent, Math.floor((shifted.length * 8) / 6));
    yield needle;
    const urlNeedle = needle.replaceAll("+", "-").replaceAll("/", "_");
    if (urlNeedle !== needle) yield urlNeedle;
  }
}
