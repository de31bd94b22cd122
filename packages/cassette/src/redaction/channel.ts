import { Base64Layer } from "./base64-layer.ts";
import { jsonDocuments, type Range } from "./json-documents.ts";
import { Place, walkJson } from "./json-walk.ts";
import { type BytesLayer, JoinedBytesLayer, JoinedLayer, type Layer } from "./layer.ts";
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
  readonly #layers: BytesLayer[] = [];
  readonly #pass: Pass;
  /** The strings in their JSON. */
  readonly #root: Place;

  constructor(pass: Pass) {
    this.#pass = pass;
    this.#root = new Place(pass.paths);
  }

  add(layer: BytesLayer): void {
    if (layer.length > 0) this.#layers.push(layer);
  }

  /**
   * Masks the inner texts first: the outer ones see what has become of them.
   *
   * @param open a document that is looked at when it has ended, or nothing follows.
   */
  redact(open?: OpenDocument): void {
    const whole = new JoinedBytesLayer(this.#layers);
    this.#walk(whole, open);
    for (const place of places(this.#root)) this.#redactPlace(place);
    for (const name of this.#root.names) this.#pass.mask(name);
    this.#pass.mask(whole);
  }

  #walk(whole: Layer, open: OpenDocument | undefined): void {
    const text = whole.text();
    const end = open ? this.#beginOf(open) : text.length;
    for (const [from, to] of this.#documents(text.slice(0, end))) this.#walkOne(whole, from, text.slice(from, to));
    // An answer that breaks off.
    if (open && this.#pass.isLast) this.#walkOne(whole, end, text.slice(end));
  }

  #walkOne(whole: Layer, from: number, text: string): void {
    walkJson(whole, from, text, this.#root, () => this.#pass.count("json"));
  }

  /**
   * In all texts together, because a part of a document may look like a document; and in the begin of each text alone where
   * none is, because that may follow on something else.
   */
  #documents(text: string): Range[] {
    const ranges = [...jsonDocuments(text)];
    const alone: Range[] = [];
    let begin = 0;
    let next = 0;
    for (const layer of this.#layers) {
      const end = begin + layer.length;
      if (end > text.length) break;
      while (next < ranges.length && ranges[next]![1] <= begin) next += 1;
      const taken = Math.min(end, ranges[next]?.[0] ?? end);
      if (taken > begin) {
        for (const [from, to] of jsonDocuments(text.slice(begin, taken))) alone.push([begin + from, begin + to]);
      }
      begin = end;
    }
    return alone.length === 0 ? ranges : [...ranges, ...alone].sort(([a], [b]) => a - b);
  }

  #beginOf(open: OpenDocument): number {
    let begin = open.offset;
    for (const layer of this.#layers) if (layer.itemAt() < open.item) begin += layer.length;
    return begin;
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
