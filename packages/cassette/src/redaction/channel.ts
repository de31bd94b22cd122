import { Base64Layer } from "./base64-layer.ts";
import { Place, walkJson } from "./json-walk.ts";
import { JoinedLayer, type Layer } from "./layer.ts";
import type { Pass } from "./pass.ts";

/** A JSON document that has not ended, and the item in which it begins. */
export interface OpenDocument {
  readonly item: number;
  /** At which byte of the item's payload. */
  readonly offset: number;
}

/**
 * Texts that belong together, such as the payloads of all events of one type: a secret may begin in one and end in
 * another.
 */
export class Channel {
  readonly #layers: Layer[] = [];
  readonly #pass: Pass;
  /** The strings in their JSON. */
  readonly #root: Place;

  constructor(pass: Pass) {
    this.#pass = pass;
    this.#root = new Place(pass.paths);
  }

  add(layer: Layer): void {
    if (layer.length > 0) this.#layers.push(layer);
  }

  /**
   * Masks the inner texts first: the outer ones see what has become of them.
   *
   * @param open a document that is looked at when it has ended, or nothing follows.
   */
  redact(open?: OpenDocument): void {
    const whole = new JoinedLayer(this.#layers);
    // Parts of a document may look like documents.
    const isOne = !open && this.#layers.length > 1 && this.#walk(whole, 0, whole.text());
    if (!isOne) this.#walkParts(open);
    for (const place of places(this.#root)) this.#redactPlace(place);
    this.#pass.mask(whole);
  }

  #walkParts(open: OpenDocument | undefined): void {
    const isInside = (layer: Layer) => open !== undefined && layer.itemAt(0) > open.item;
    const opaque = this.#layers.filter((layer) => isInside(layer) || !this.#walk(layer, 0, layer.text()));
    if (opaque.length === 0) return;
    const joined = new JoinedLayer(opaque);
    const text = joined.text();
    if (!open) {
      this.#walkLines(joined, text);
      return;
    }
    let begin = open.offset;
    for (const layer of opaque) if (layer.itemAt(0) < open.item) begin += layer.length;
    this.#walkLines(joined, text.slice(0, begin));
    // An answer that breaks off.
    if (this.#pass.isLast) walkJson(joined, begin, text.slice(begin), this.#root, () => this.#pass.count("json"));
  }

  /** A document may also be cut by frames, or be a line, as of server-sent events. */
  #walkLines(layer: JoinedLayer, text: string): void {
    if (this.#walk(layer, 0, text)) return;
    for (let at = 0; at < text.length;) {
      const found = text.indexOf("\n", at);
      const end = found < 0 ? text.length : found;
      const skipped = text.startsWith("data:", at) ? 5 : 0;
      this.#walk(layer, at + skipped, text.slice(at + skipped, end));
      at = end + 1;
    }
  }

  /** Says whether the text is a JSON document that may have strings. */
  #walk(layer: Layer, from: number, text: string): boolean {
    if (!/^\s*[[{"]/.test(text) || !/[\]}"]\s*$/.test(text.slice(-64)) || !isJson(text)) return false;
    walkJson(layer, from, text, this.#root, () => this.#pass.count("json"));
    return true;
  }

  #redactPlace({ strings }: Place): void {
    const opened = strings.map((string) => Base64Layer.of(string)).filter((layer) => layer !== undefined);
    if (opened.length > 0) {
      const nested = new Channel(this.#pass);
      for (const layer of opened) nested.add(layer);
      nested.redact();
      for (const layer of opened) layer.close();
    }
    this.#pass.mask(strings.length === 1 ? strings[0]! : new JoinedLayer(strings));
  }
}

function* places(root: Place): Generator<Place, void, undefined> {
  const rest = [root];
  for (let place = rest.pop(); place; place = rest.pop()) {
    if (place.strings.length > 0) yield place;
    for (const member of place.members?.values() ?? []) rest.push(member);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
