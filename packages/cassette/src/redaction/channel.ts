import { Base64Layer } from "./base64-layer.ts";
import { Place, walkJson } from "./json-walk.ts";
import { JoinedLayer, type Layer } from "./layer.ts";
import type { Pass } from "./pass.ts";

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

  /** Masks the inner texts first: the outer ones see what has become of them. */
  redact(): void {
    const opaque = this.#layers.filter((layer) => !this.#walk(layer, 0, layer.text()));
    if (opaque.length > 0) this.#walkLines(new JoinedLayer(opaque));
    for (const place of places(this.#root)) this.#redactPlace(place);
    this.#pass.mask(new JoinedLayer(this.#layers));
  }

  /** A document may also be cut by frames, or be a line, as of server-sent events. */
  #walkLines(layer: JoinedLayer): void {
    const text = layer.text();
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
