import { toBase64 } from "./base64.ts";
import { hex } from "./body-hash.ts";
import { readingsOf } from "./readings.ts";
import { secretError, type SecretForm } from "./secret-found.ts";

/** A secret shorter than this, in characters, would be found everywhere: `test` is in any test's recording. */
const shortestSecret = 8;

/**
 * Throws if a secret occurs in the text in any of the forms in which it travels: as it is, URL-encoded, JSON-escaped (both
 * also several times), as hex in either case, and as base64 or base64url at any of its three alignments (also twice).
 *
 * This is the last gate before a write, not a redactor: what it finds must not be there at all.
 *
 * @param text what is going to be written. Bytes are read as UTF-8.
 * @param secrets the values. Those of fewer than 8 characters are skipped: they would be found by accident.
 * @throws CassetteError `secret`, with the line if the text has it literally. `found` and the message say which of the secrets
 *   it is by its place in the list, and never show it.
 */
export function assertNoSecrets(text: string | Uint8Array, secrets: readonly string[]): void {
  assertNoSecretsBehind(0, typeof text === "string" ? text : new TextDecoder().decode(text), secrets);
}

/**
 * {@link assertNoSecrets} for a text whose first characters have been looked at already, together: what begins in them may go on.
 *
 * @param seen how many.
 */
export function assertNoSecretsBehind(seen: number, text: string, secrets: readonly string[]): void {
  const [, ...unescaped] = readingsOf(text);
  for (const [index, secret] of secrets.entries()) {
    if (secret.length < shortestSecret) continue;
    for (const [needle, form] of needlesOf(secret)) {
      const at = text.indexOf(needle, seen - needle.length + 1);
      if (at < 0 && !unescaped.some((reading) => reading.includes(needle))) continue;
      const line = at < 0 ? undefined : text.slice(0, at).split("\n").length;
      throw secretError({ index, form, in: "text" }, secrets.length, line);
    }
  }
}

/** {@link formsOf} the last secrets: every line of a recording is looked at for the same ones. */
const known = new Map<string, ReadonlyMap<string, SecretForm>>();
const mostKnown = 16;

function needlesOf(secret: string): ReadonlyMap<string, SecretForm> {
  let needles = known.get(secret);
  if (!needles) {
    for (const oldest of known.keys()) if (known.size >= mostKnown) known.delete(oldest);
    known.set(secret, (needles = formsOf(secret)));
  }
  return needles;
}

/** What to look for, each once, with the form of the secret that it is. */
function formsOf(secret: string): ReadonlyMap<string, SecretForm> {
  const encoder = new TextEncoder();
  // `encodeURIComponent` throws on half of a surrogate pair.
  const wellFormed = new TextDecoder().decode(encoder.encode(secret));
  const digits = hex(encoder.encode(secret));
  const forms: [form: SecretForm, needle: string][] = [
    ["plain", secret],
    ["url", encodeURIComponent(wellFormed)],
    ["json", JSON.stringify(secret).slice(1, -1)],
    ["hex", digits],
    ["hex", digits.toUpperCase()],
  ];
  const needles = new Map<string, SecretForm>();
  const look = (needle: string, form: SecretForm) => {
    if (!needles.has(needle)) needles.set(needle, form);
  };
  for (const [form, needle] of forms) look(needle, form);
  for (const [, form] of forms) {
    for (const inner of base64Needles(encoder.encode(form))) look(inner, "base64");
  }
  for (const once of base64Needles(encoder.encode(secret))) {
    for (const twice of base64Needles(encoder.encode(once))) look(twice, "base64-twice");
  }
  return needles;
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
