import { concat, latin1Text } from "../bytes.ts";
import { freeMemory } from "../free-memory.ts";

/**
 * Text in what is recorded that can be overwritten, but never gets longer or shorter: frame lengths and chunk positions
 * stay. One character stands for one byte, so that characters cut in two by a frame are no trouble. Layers lie in each other:
 *
 *     payloads of an event   {"bytes":"eyJkZWx0YSI6IkFLSUEifQ=="}{"bytes":"eyJkZWx0YSI6IklPU0YifQ=="}
 *     strings at /bytes      eyJkZWx0YSI6IkFLSUEifQ==  eyJkZWx0YSI6IklPU0YifQ==
 *     what their base64 says {"delta":"AKIA"}{"delta":"IOSF"}
 *     strings at /delta      AKIAIOSF
 */
export interface Layer {
  readonly length: number;
  /** As it is now. */
  text(): string;
  /** Overwrites what is there from an index on. Says whether that changed anything. */
  write(from: number, text: string): boolean;
  /** The number of the item in which a character is. */
  itemAt(index: number): number;
}

/** The bytes of one payload. They are overwritten in place. */
export class BytesLayer implements Layer {
  readonly bytes: Uint8Array;
  readonly #item: number;
  #text: string | undefined;
  changed = false;

  constructor(bytes: Uint8Array, item = 0) {
    this.bytes = bytes;
    this.#item = item;
  }

  get length(): number {
    return this.bytes.length;
  }

  text(): string {
    return (this.#text ??= latin1Text(this.bytes));
  }

  write(from: number, text: string): boolean {
    let changed = false;
    for (let at = 0; at < text.length; at++) {
      const byte = text.charCodeAt(at);
      changed ||= this.bytes[from + at] !== byte;
      this.bytes[from + at] = byte;
    }
    if (changed) this.#text = undefined;
    this.changed ||= changed;
    return changed;
  }

  itemAt(): number {
    return this.#item;
  }
}

/** A text that is not bytes, such as a header's value. */
export class TextLayer implements Layer {
  #text: string;
  /** What is written and not yet in the text, in the order of the places: a text may have very many secrets. */
  #written: { readonly from: number; readonly text: string }[] = [];
  #writtenTo = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  text(): string {
    if (this.#written.length === 0) return this.#text;
    const parts: string[] = [];
    let at = 0;
    for (const { from, text } of this.#written) {
      parts.push(this.#text.slice(at, from), text);
      at = from + text.length;
    }
    parts.push(this.#text.slice(at));
    this.#text = parts.join("");
    this.#written = [];
    this.#writtenTo = 0;
    return this.#text;
  }

  /** A part of it. */
  slice(from: number, to: number): string {
    return (from < this.#writtenTo ? this.text() : this.#text).slice(from, to);
  }

  write(from: number, text: string): boolean {
    if (this.slice(from, from + text.length) === text) return false;
    this.#written.push({ from, text });
    this.#writtenTo = from + text.length;
    return true;
  }

  itemAt(): number {
    return 0;
  }
}

/** Several layers, one after the other. */
export class JoinedLayer implements Layer {
  readonly #parts: readonly Layer[];
  /** Where each part begins. */
  readonly #starts: readonly number[];
  readonly length: number;

  constructor(parts: readonly Layer[]) {
    this.#parts = parts;
    let length = 0;
    this.#starts = parts.map((part) => (length += part.length) - part.length);
    this.length = length;
  }

  text(): string {
    return this.#parts.map((part) => part.text()).join("");
  }

  write(from: number, text: string): boolean {
    let changed = false;
    let index = this.#partAt(from);
    for (let done = 0; done < text.length; index++) {
      const part = this.#parts[index]!;
      const at = from + done - this.#starts[index]!;
      const piece = text.slice(done, done + part.length - at);
      if (piece !== "" && part.write(at, piece)) changed = true;
      done += piece.length;
    }
    return changed;
  }

  itemAt(index: number): number {
    const part = this.#partAt(index);
    return this.#parts[part]!.itemAt(index - this.#starts[part]!);
  }

  /** The last part that begins at or before the index. */
  #partAt(index: number): number {
    let [low, high] = [0, this.#parts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Several payloads, one after the other. They are overwritten through this layer only. */
export class JoinedBytesLayer extends JoinedLayer {
  readonly #layers: readonly BytesLayer[];
  #text: string | undefined;

  constructor(layers: readonly BytesLayer[]) {
    super(layers);
    this.#layers = layers;
  }

  override text(): string {
    if (this.#text === undefined) {
      // Not of texts of the payloads: to make those takes longer than all else here, and they would pile up.
      const bytes = concat(this.#layers.map((layer) => layer.bytes));
      this.#text = latin1Text(bytes);
      freeMemory(bytes);
    }
    return this.#text;
  }

  override write(from: number, text: string): boolean {
    const changed = super.write(from, text);
    if (changed) this.#text = undefined;
    return changed;
  }
}

/** Text with its escapes undone, and where each character of it begins in the escaped one; one more for the end. */
export interface Unescaped {
  readonly text: string;
  /** Undefined when nothing is escaped. */
  readonly offsets: ArrayLike<number> | undefined;
}

/** A part of a layer with its escapes undone. What is written over an escape fills it. */
export class EscapedLayer implements Layer {
  readonly #parent: Layer;
  readonly #from: number;
  readonly #escaped: string;
  readonly #offsets: ArrayLike<number> | undefined;
  /** Kept, because a filled escape would read as several characters. */
  readonly #text: TextLayer;
  /** Characters that are no longer what they were: these fill their escapes, the others keep them. */
  readonly #changed = new Set<number>();

  /** @param escaped what stands in the parent from `from` on. */
  constructor(parent: Layer, from: number, escaped: string, unescape: (text: string) => Unescaped) {
    this.#parent = parent;
    this.#from = from;
    this.#escaped = escaped;
    const { text, offsets } = unescape(escaped);
    this.#text = new TextLayer(text);
    this.#offsets = offsets;
  }

  get length(): number {
    return this.#text.length;
  }

  /** Whether nothing in it is escaped. */
  get plain(): boolean {
    return this.#offsets === undefined;
  }

  text(): string {
    return this.#text.text();
  }

  write(from: number, text: string): boolean {
    const before = this.#text.slice(from, from + text.length);
    if (!this.#text.write(from, text)) return false;
    this.#parent.write(this.#from + (this.#offsets?.[from] ?? from), this.#filled(from, text, before));
    return true;
  }

  itemAt(index: number): number {
    return this.#parent.itemAt(this.#from + (this.#offsets?.[index] ?? index));
  }

  #filled(from: number, text: string, before: string): string {
    const offsets = this.#offsets;
    if (!offsets) return text;
    let filled = "";
    for (let at = 0; at < text.length; at++) {
      const index = from + at;
      if (text[at] !== before[at]) this.#changed.add(index);
      const [start, end] = [offsets[index]!, offsets[index + 1]!];
      filled += this.#changed.has(index) ? text[at]!.repeat(end - start) : this.#escaped.slice(start, end);
    }
    return filled;
  }
}
