import { jsonUnescaped } from "./escapes.ts";
import { inside, isSelected, type PathState } from "./json-path.ts";
import { EscapedLayer, type Layer } from "./layer.ts";

/**
 * One place in JSON values that are alike, such as `/delta/text` in all frames of a stream. A tree and no paths as text,
 * so that deep values cost no more than flat ones.
 */
export class Place {
  /** What stands there, value after value. */
  readonly strings: EscapedLayer[] = [];
  /** At the root: names of members that have escapes, with the quote behind them. All others are seen as they are. */
  readonly names: EscapedLayer[] = [];
  members: Map<string, Place> | undefined;
  readonly #states: readonly PathState[];
  /** Whether the user wants it masked, it or what it is in. */
  readonly selected: boolean;

  constructor(states: readonly PathState[], selected = isSelected(states)) {
    this.#states = states;
    this.selected = selected;
  }

  member(name: string): Place {
    const members = (this.members ??= new Map<string, Place>());
    let member = members.get(name);
    if (!member) {
      const states = this.#states.length === 0 ? this.#states : inside(this.#states, name);
      members.set(name, (member = new Place(states, this.selected || isSelected(states))));
    }
    return member;
  }
}

/** A list or object that the walk is in. */
interface Open {
  readonly place: Place;
  /** Of a list: how many values are complete. */
  index: number;
  /** Of an object: the name read last. */
  name: string | undefined;
  readonly isList: boolean;
}

/**
 * Puts the strings of a JSON document into the places of a tree, and masks the values that the user selected. Without
 * recursion, because JSON may be nested deeper than calls can be.
 *
 * @param from where in the layer the document begins.
 * @param text the document, which is valid JSON, or breaks off.
 * @param masked told that a value was masked.
 */
export function walkJson(layer: Layer, from: number, text: string, root: Place, masked: () => void): void {
  const open: Open[] = [];
  const place = (): Place => {
    const container = open.at(-1);
    return container ? container.place.member(container.name ?? String(container.index)) : root;
  };
  for (let at = 0; at < text.length;) {
    const container = open.at(-1);
    switch (text[at]) {
      case "{":
      case "[":
        open.push({ place: place(), index: 0, name: undefined, isList: text[at] === "[" });
        at += 1;
        break;
      case "}":
      case "]":
        open.pop();
        at += 1;
        break;
      case ",":
        if (container) {
          container.index += 1;
          container.name = undefined;
        }
        at += 1;
        break;
      case '"': {
        const end = stringEnd(text, at + 1);
        const string = text.slice(at + 1, end);
        if (container && !container.isList && container.name === undefined) {
          container.name = jsonUnescaped(string).text;
          if (string.includes("\\"))
            root.names.push(new EscapedLayer(layer, from + at + 1, text.slice(at + 1, end + 1), jsonUnescaped));
        } else takeString(layer, from + at + 1, string, place(), masked);
        at = end + 1;
        break;
      }
      case " ":
      case "\t":
      case "\n":
      case "\r":
      case ":":
        at += 1;
        break;
      case undefined:
      default:
        at += takeWord(layer, from + at, text.slice(at, at + 32), place(), masked);
    }
  }
}

/** Where the quote is that ends a string, or the text. */
export function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from); ; end = text.indexOf('"', end + 1)) {
    if (end < 0) return text.length;
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

function takeString(layer: Layer, from: number, given: string, place: Place, masked: () => void): void {
  const string = place.selected ? "X".repeat(given.length) : given;
  if (place.selected && layer.write(from, string)) masked();
  place.strings.push(new EscapedLayer(layer, from, string, jsonUnescaped));
}

/** A number, `true`, `false` or `null`, or the first part of a very long number. Returns its length. */
function takeWord(layer: Layer, from: number, text: string, place: Place, masked: () => void): number {
  const [word] = /^[^\s,\]}]+/.exec(text) ?? [text.slice(0, 1)];
  if (place.selected && word !== "null" && layer.write(from, "1".repeat(word.length))) masked();
  return word.length;
}
