import { assertNoSecrets } from "./assert-no-secrets.ts";
import { concat } from "./bytes.ts";
import type { Item } from "./cassette.ts";
import { channelOf, payloadOf } from "./item-channel.ts";
import { joinedStrings } from "./json-strings.ts";

/**
 * {@link assertNoSecrets} for what items carry one after the other, all and those of each type, and for the strings of each
 * place in their JSON.
 */
export function assertNoSecretsInItems(items: readonly Item[], secrets: readonly string[]): void {
  const payloads = items.map(payloadOf);
  const utf8 = new TextDecoder();
  const whole = utf8.decode(concat(payloads));
  assertNoSecrets(whole, secrets);
  for (const parts of scattered(items)) assertNoSecrets(concat(parts), secrets);
  for (const bytes of headerBytes(items)) assertNoSecrets(bytes, secrets);
  // A frame may be a value, or lines be values wherever frames end.
  const lines = whole.split("\n");
  const strings = [
    ...joinedStrings(payloads.filter(mayBeJson).map((payload) => utf8.decode(payload))),
    ...joinedStrings(lines.map((line) => line.replace(/^data: ?/, ""))),
  ];
  // Once for all, because most of the work is in the secrets. No secret goes on behind a NUL.
  if (strings.length > 0) assertNoSecrets(strings.join("\0"), secrets);
}

/** The payloads of each type that have others in between, such as the records of S3 Select with its progress. */
function scattered(items: readonly Item[]): Uint8Array[][] {
  const channels = new Map<string | undefined, { readonly parts: Uint8Array[]; scattered: boolean }>();
  let last: string | undefined;
  for (const item of items) {
    const payload = payloadOf(item);
    if (payload.length === 0) continue;
    const name = channelOf(item);
    const channel = channels.get(name);
    if (channel) {
      channel.parts.push(payload);
      channel.scattered ||= name !== last;
    } else channels.set(name, { parts: [payload], scattered: false });
    last = name;
  }
  return [...channels.values()].flatMap((channel) => (channel.scattered ? [channel.parts] : []));
}

/** Headers of bytes: lines say in base64 what they say. */
function* headerBytes(items: readonly Item[]): Generator<Uint8Array, void, undefined> {
  for (const item of items) {
    if (item.kind === "raw") continue;
    for (const header of item.message.headers.values()) if (header.type === "binary") yield header.value;
  }
}

/** Whether bytes begin as a JSON value with strings may: all else need not be decoded to be passed over. */
function mayBeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => !blanks.has(byte));
  return first !== undefined && starts.has(first);
}

/** Also those of a byte order mark. */
const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
const starts: ReadonlySet<number> = new Set(Array.from('{["', (character) => character.charCodeAt(0)));
