import { assertNoSecrets } from "./assert-no-secrets.ts";
import type { Item } from "./cassette.ts";
import type { ItemWindow } from "./item-window.ts";
import { joinedStrings } from "./json-strings.ts";
import { TextGate } from "./text-gate.ts";

/**
 * {@link assertNoSecrets} for what items of each type carry one after the other, and for the strings of each place in their JSON.
 * What all of them carry is looked at elsewhere.
 */
export function assertNoSecretsAcrossItems(items: ItemWindow, secrets: readonly string[]): void {
  for (const parts of items.scattered()) {
    const gate = new TextGate(secrets);
    for (const part of parts) gate.bytes(part);
    gate.check();
  }
  // Once for all, because most of the work is in the secrets. No secret goes on behind a NUL.
  const gate = new TextGate(secrets);
  for (const texts of [jsonPayloads(items), jsonLines(items.whole())]) {
    for (const text of joinedStrings(texts)) gate.text(`${text}\0`);
  }
  gate.check();
}

const utf8 = new TextDecoder();

/** A frame may be a value. */
function* jsonPayloads(items: ItemWindow): Generator<string, void, undefined> {
  for (const bytes of items.payloads()) if (mayBeJson(bytes, 0, bytes.length)) yield utf8.decode(bytes);
}

/** Lines may be values wherever frames end, also those of server-sent events. */
function* jsonLines(bytes: Uint8Array): Generator<string, void, undefined> {
  for (let at = 0; at < bytes.length;) {
    const found = bytes.indexOf(0x0a, at);
    const end = found < 0 ? bytes.length : found;
    const from = dataPrefix.every((byte, index) => bytes[at + index] === byte) ? at + dataPrefix.length : at;
    if (mayBeJson(bytes, from, end)) yield utf8.decode(bytes.subarray(from, end));
    at = end + 1;
  }
}

const dataPrefix = Array.from("data:", (character) => character.charCodeAt(0));

/** {@link assertNoSecrets} for headers of bytes: lines say in base64 what they say. */
export function assertNoSecretsInHeaders(item: Item, secrets: readonly string[]): void {
  if (item.kind === "raw") return;
  for (const header of item.message.headers.values()) {
    if (header.type === "binary") assertNoSecrets(header.value, secrets);
  }
}

/** Whether bytes begin as a JSON value with strings may: all else need not be decoded to be passed over. */
function mayBeJson(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to && blanks.has(bytes[at]!)) at += 1;
  return at < to && starts.has(bytes[at]!);
}

/** Also those of a byte order mark. */
const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
const starts: ReadonlySet<number> = new Set(Array.from('{["', (character) => character.charCodeAt(0)));
