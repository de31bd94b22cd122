import { fromBase64 } from "./base64.ts";

/**
 * One place in JSON values that are alike, such as `/delta/text` in all frames of a stream. A tree and no paths as text,
 * so that deep values cost no more than flat ones.
 */
interface Place {
  /** What stood there, one string after the other. */
  text: string;
  /** What it says to a reader that undoes base64. */
  decoded: string;
  /** How many strings stood there. */
  strings: number;
  members?: Map<string, Place>;
  /** JSON in base64 that stood there, as in `bytes` of Bedrock's InvokeModelWithResponseStream. */
  nested?: Place;
}

const emptyPlace = (): Place => ({ text: "", decoded: "", strings: 0 });
const utf8 = new TextDecoder();

/**
 * What strings say that are spread over JSON values. Models answer with a few letters in each frame:
 *
 *     {"delta":{"text":"Hel"},"p":"abc"}   {"delta":{"text":"lo"},"p":"ab"}
 *     /delta/text   Hello
 *     /p            abcab
 *
 * Each text joins the strings of one place in the order of the values. A string that is alone in its place is given only as
 * what its base64 says.
 */
export function joinedStrings(jsonTexts: Iterable<string>): string[] {
  const root = emptyPlace();
  for (const text of jsonTexts) {
    const value = parsed(text);
    if (value !== undefined) keep(value, root);
  }
  return [...joined(root)];
}

/** Objects, arrays and strings; undefined for all else. */
function parsed(text: string): unknown {
  if (!/^\s*[{["]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** With a list of what is to do, because JSON may be nested deeper than calls can be. */
function keep(whole: unknown, root: Place): void {
  const rest: [value: unknown, place: Place][] = [[whole, root]];
  for (let next = rest.pop(); next; next = rest.pop()) {
    const [value, place] = next;
    if (typeof value === "string") {
      const nested = keepString(value, place);
      if (nested !== undefined) rest.push([nested, (place.nested ??= emptyPlace())]);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        // Numbers and the like cannot be part of a text.
        if (typeof member === "string" || typeof member === "object") rest.push([member, memberOf(place, name)]);
      }
    }
  }
}

/** Returns the JSON value that the string holds in base64. */
function keepString(text: string, place: Place): unknown {
  place.strings++;
  place.text += text;
  const bytes = text.length % 4 === 0 ? fromBase64(text) : undefined;
  if (!bytes) return undefined;
  const decoded = utf8.decode(bytes);
  place.decoded += decoded;
  return parsed(decoded);
}

function memberOf(place: Place, name: string): Place {
  const members = (place.members ??= new Map<string, Place>());
  let member = members.get(name);
  if (!member) members.set(name, (member = emptyPlace()));
  return member;
}

function* joined(root: Place): Generator<string, void, undefined> {
  const rest = [root];
  for (let place = rest.pop(); place; place = rest.pop()) {
    if (place.strings > 1 && place.text !== "") yield place.text;
    if (place.decoded !== "") yield place.decoded;
    for (const member of place.members?.values() ?? []) rest.push(member);
    if (place.nested) rest.push(place.nested);
  }
}
