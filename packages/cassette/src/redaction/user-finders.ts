import { latin1Bytes } from "../bytes.ts";
import { badOption } from "../options.ts";
import type { FindSecrets } from "./redaction-options.ts";
import type { Finder, Found } from "./rules.ts";

/** A pattern of the user's, for text as people read it. */
export function regexFinder(pattern: unknown): Finder {
  if (!(pattern instanceof RegExp)) throw badOption("redact.regex", pattern, "a RegExp");
  const all = new RegExp(pattern.source, `${pattern.flags.replaceAll(/[ygd]/g, "")}gd`);
  return readable("pattern", function* (text) {
    for (const { indices } of text.matchAll(all)) {
      const [whole, group] = indices!;
      const range = indices!.length > 1 ? group : whole;
      if (range) yield [...range, whole![0]];
    }
  });
}

/** A function of the user's. */
export function functionFinder(find: unknown): Finder {
  if (typeof find !== "function")
    throw badOption("redact.find", find, "a function from a text to what is secret in it");
  return readable("pattern", function* (text) {
    for (const secret of (find as FindSecrets)(text)) {
      if (typeof secret !== "string") yield secret;
      else if (secret !== "") yield* occurrences(text, secret);
    }
  });
}

function* occurrences(text: string, secret: string): Generator<[number, number], void, undefined> {
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
    yield [at, at + secret.length];
  }
}

/** `start`: where what tells that it is secret begins. Default `from`. */
type Range = readonly [from: number, to: number, start?: number];

/** Gives the finder characters instead of bytes. */
function readable(name: string, find: (text: string) => Iterable<Range>): Finder {
  return {
    name,
    shortest: 1,
    *find(bytes): Generator<Found, void, undefined> {
      const { text, offsets } = decoded(bytes);
      const byte = (character: number) => offsets?.[character] ?? character;
      for (const [first, end, start = first] of find(text)) {
        const [from, to] = [byte(first), byte(end)];
        if (to > from) yield { start: byte(start), from, to, mask: "X".repeat(to - from) };
      }
    },
  };
}

/** UTF-8 as text, and where in the bytes each of its characters begins; bytes that are none stand for themselves. */
function decoded(bytes: string): { text: string; offsets?: readonly number[] } {
  if (!/[\u0080-\uffff]/.test(bytes)) return { text: bytes };
  let text = "";
  const offsets: number[] = [];
  const sequence =
    /[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}|[^]/g;
  for (const { 0: unit, index } of bytes.matchAll(sequence)) {
    const character = unit.length === 1 ? unit : utf8(unit);
    for (let at = 0; at < character.length; at++) offsets.push(index);
    text += character;
  }
  return { text, offsets: [...offsets, bytes.length] };
}

const decoder = new TextDecoder();

function utf8(bytes: string): string {
  return decoder.decode(latin1Bytes(bytes));
}
