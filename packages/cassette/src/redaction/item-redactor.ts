import { MessageHeaders } from "@eventstream-kit/codec";
import type { HeaderValue, Message } from "@eventstream-kit/codec";
import type { Item } from "../cassette.ts";
import { Channel } from "./channel.ts";
import { BytesLayer } from "./layer.ts";
import type { RedactionCounts, Redactor } from "./redactor.ts";
import { withoutPadding } from "./without-padding.ts";

/**
 * A secret is seen as a whole when it spreads over at most so many bytes of payloads: 64 KiB. Four times as much is held at
 * most; more only while something goes on that looks like a secret.
 */
const windowBytes = 65_536;

interface Held {
  readonly item: Item;
  readonly bytes: number;
}

/**
 * Masks secrets in the items of one body, also those that go over the boundaries of frames. Items come back in their order,
 * one for each, some later than they are pushed; their payloads are overwritten.
 */
export class ItemRedactor {
  readonly #redactor: Redactor;
  readonly #counts: RedactionCounts;
  #held: Held[] = [];
  #heldBytes = 0;
  /** At how many bytes it is time to look again. */
  #due = 4 * windowBytes;

  constructor(redactor: Redactor, counts: RedactionCounts) {
    this.#redactor = redactor;
    this.#counts = counts;
  }

  push(given: Item): Item[] {
    const item = this.#withHeaders(this.#redactor.emptiesPadding ? withoutPadding(given, this.#counts) : given);
    const bytes = payloadOf(item).length;
    this.#held.push({ item, bytes });
    // Items without payload take memory, too.
    this.#heldBytes += bytes + 64;
    return this.#heldBytes < this.#due ? [] : this.#release(false, windowBytes);
  }

  finish(): Item[] {
    return this.#release(true, 0);
  }

  /**
   * @param isEnd whether nothing follows.
   * @param kept how many bytes stay at least, to be looked at together with what follows.
   */
  #release(isEnd: boolean, kept: number): Item[] {
    const openItem = this.#redact(isEnd);
    let count = 0;
    for (const { bytes } of this.#held) {
      if (count >= openItem || this.#heldBytes - bytes - 64 < kept) break;
      this.#heldBytes -= bytes + 64;
      count += 1;
    }
    const released = this.#held.slice(0, count).map(({ item }) => item);
    this.#held = this.#held.slice(count);
    this.#due = this.#heldBytes + 3 * windowBytes;
    return released;
  }

  /** Gives the first item that has to stay. */
  #redact(isEnd: boolean): number {
    const pass = this.#redactor.pass(this.#counts, isEnd);
    const channels = new Map<string, Channel>();
    for (const [index, { item }] of this.#held.entries()) {
      const name = channelOf(item);
      // Masking what is compressed would only break it.
      if (name === undefined) continue;
      let channel = channels.get(name);
      if (!channel) channels.set(name, (channel = new Channel(pass)));
      channel.add(new BytesLayer(payloadOf(item), index));
    }
    for (const channel of channels.values()) channel.redact();
    return pass.openItem;
  }

  #withHeaders(item: Item): Item {
    if (item.kind === "raw") return item;
    let changed = false;
    const headers = Array.from(item.message.headers, ([name, header]): [string, HeaderValue] => {
      if (header.type !== "string" || shapeHeaders.has(name)) return [name, header];
      const value = this.#redactor.text(header.value, this.#counts);
      changed ||= value !== header.value;
      return [name, { type: "string", value }];
    });
    return changed ? { kind: "frame", message: { ...item.message, headers: new MessageHeaders(headers) } } : item;
  }
}

const typeHeaders = [":event-type", ":exception-type", ":message-type"] as const;
/** Headers that say what a frame is. */
const shapeHeaders: ReadonlySet<string> = new Set([...typeHeaders, ":content-type"]);

/** Payloads with one name are one text. */
function channelOf(item: Item): string | undefined {
  if (item.kind === "raw") return item.why === "content_encoding" ? undefined : "raw";
  return `frame ${typeOf(item.message)}`;
}

function typeOf({ headers }: Message): string {
  for (const name of typeHeaders) {
    const header = headers.get(name);
    if (header?.type === "string") return header.value;
  }
  return "";
}

function payloadOf(item: Item): Uint8Array {
  return item.kind === "frame" ? item.message.payload : item.bytes;
}
