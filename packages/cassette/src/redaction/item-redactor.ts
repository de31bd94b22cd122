import { MessageHeaders } from "@eventstream-kit/codec";
import type { HeaderValue } from "@eventstream-kit/codec";
import type { Item } from "../cassette.ts";
import { CassetteError } from "../errors.ts";
import { channelOf, payloadOf, typeHeaders } from "../item-channel.ts";
import { Channel, type OpenDocument } from "./channel.ts";
import { JsonScan } from "./json-scan.ts";
import { BytesLayer } from "./layer.ts";
import type { RedactionCounts, Redactor } from "./redactor.ts";
import { RejectedFrames } from "./rejected-frames.ts";
import { withoutPadding } from "./without-padding.ts";

/**
 * A secret is seen as a whole when it spreads over at most so many bytes of payloads: 64 KiB. Twice as much is held at most, and
 * the begin of one more item; more only while something goes on that looks like a secret, or a JSON document. With four times as
 * much, V8 would let tens of megabytes of texts pile up: those of 128 KiB are not short-lived for it.
 */
const windowBytes = 65_536;

/** A JSON document that has not ended when so much is held cannot be looked at as a whole: 8 MiB, more than Lambda buffers. */
const mostHeld = 8 * 1_048_576;

interface Held {
  readonly item: Item;
  readonly bytes: number;
}

/** The JSON documents of a channel. */
interface Documents {
  readonly scan: JsonScan;
  /** Where the one begins that is open. */
  begin?: { readonly held: Held; readonly offset: number } | undefined;
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
  readonly #rejected = new RejectedFrames();
  readonly #documents = new Map<string, Documents>();
  /** At how many bytes it is time to look again. */
  #due = 2 * windowBytes;

  constructor(redactor: Redactor, counts: RedactionCounts) {
    this.#redactor = redactor;
    this.#counts = counts;
  }

  /** @throws CassetteError `redaction` */
  push(given: Item): Item[] {
    const item = this.#withHeaders(this.#redactor.emptiesPadding ? withoutPadding(given, this.#counts) : given);
    const bytes = payloadOf(item).length;
    const held: Held = { item, bytes };
    this.#held.push(held);
    // Items without payload take memory, too.
    this.#heldBytes += bytes + 64;
    this.#scan(held);
    if (this.#heldBytes > mostHeld) this.#giveUp();
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
    for (const item of released) this.#rejected.seal(item);
    this.#held = this.#held.slice(count);
    // Twice as much when nothing could go: what is held is not looked at over and over again.
    this.#due = 2 * Math.max(windowBytes, this.#heldBytes);
    return released;
  }

  #scan(held: Held): void {
    const name = channelOf(held.item);
    if (name === undefined) return;
    let documents = this.#documents.get(name);
    if (!documents) this.#documents.set(name, (documents = { scan: new JsonScan() }));
    const offset = documents.scan.push(payloadOf(held.item));
    if (offset !== undefined) documents.begin = { held, offset };
    else if (!documents.scan.isOpen) documents.begin = undefined;
  }

  /** Documents that are too long. What they have of secrets with a form of their own is found all the same. */
  #giveUp(): void {
    for (const documents of this.#documents.values()) {
      // One that is held as a whole in its item is looked at as a whole, however long.
      if (!documents.begin) continue;
      if (this.#redactor.selectsJson) throw tooLong();
      documents.scan.giveUp();
      documents.begin = undefined;
      this.#due = 0;
    }
  }

  #openDocument(name: string): OpenDocument | undefined {
    const begin = this.#documents.get(name)?.begin;
    return begin && { item: this.#held.indexOf(begin.held), offset: begin.offset };
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
    let openItem = Infinity;
    for (const [name, channel] of channels) {
      const open = this.#openDocument(name);
      channel.redact(open);
      if (open) openItem = Math.min(openItem, open.item);
    }
    forgetMatch();
    // What follows will not end it.
    return isEnd ? Infinity : Math.min(openItem, pass.openItem);
  }

  #withHeaders(item: Item): Item {
    if (item.kind === "raw") return item;
    let changed = false;
    const headers = Array.from(item.message.headers, ([name, header]): [string, HeaderValue] => {
      if (shapeHeaders.has(name)) return [name, header];
      const masked = this.#header(header);
      changed ||= masked !== header;
      return [name, masked];
    });
    return changed ? { kind: "frame", message: { ...item.message, headers: new MessageHeaders(headers) } } : item;
  }

  /** The same one when nothing in it is masked. */
  #header(header: HeaderValue): HeaderValue {
    const { type } = header;
    if (type === "string") {
      const value = this.#redactor.string(header.value, this.#counts);
      return value === header.value ? header : { type, value };
    }
    if (type !== "binary") return header;
    const value = this.#redactor.bytes(header.value, this.#counts);
    return value === header.value ? header : { type, value };
  }
}

/**
 * V8 keeps the text of the last match: one of these, which are long, until there is a match in the next one. Each time it makes room
 * among what is short-lived there is one to be kept for longer, which came to 40 MB for 200 MB of frames of 64 KiB.
 */
function forgetMatch(): void {
  /.?/.test("");
}

function tooLong(): CassetteError {
  return new CassetteError(
    "redaction",
    `Masking JSON: a document had not ended when ${String(mostHeld)} bytes were held, so that the rules for JSON could not be applied; expected a shorter one, or no rules for JSON (patterns mask documents of any length)`,
  );
}

/** Headers that say what a frame is. */
const shapeHeaders: ReadonlySet<string> = new Set([...typeHeaders, ":content-type"]);
