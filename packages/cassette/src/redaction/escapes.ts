import type { Unescaped } from "./layer.ts";

const short: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** What a JSON string says, from between its quotes, one character for each byte of UTF-8. */
export function jsonUnescaped(text: string): Unescaped {
  if (!text.includes("\\")) return { text, offsets: undefined };
  const out = new Output(text.length);
  for (let at = 0; at < text.length;) {
    if (text[at] !== "\\") {
      out.byte(text.charCodeAt(at), at++);
      continue;
    }
    const letter = text[at + 1] ?? "";
    if (letter !== "u") {
      out.character(short[letter] ?? letter, at);
      at += 2;
      continue;
    }
    // Two escapes may be one character.
    const [pair = ""] = /^(?:\\u[0-9a-f]{4}){1,2}/i.exec(text.slice(at, at + 12)) ?? [];
    const units = [pair.slice(2, 6), pair.slice(8, 12)].filter((digits) => digits !== "");
    const [first = 0, second] = units.map((digits) => Number.parseInt(digits, 16));
    const isPair = (first & 0xfc00) === 0xd800 && second !== undefined && (second & 0xfc00) === 0xdc00;
    out.character(isPair ? String.fromCharCode(first, second) : String.fromCharCode(first), at);
    at += isPair ? 12 : 6;
  }
  return out.done(text.length);
}

/** A path or query with its percent-encoding undone. */
export function percentUnescaped(text: string): Unescaped {
  if (!text.includes("%")) return { text, offsets: undefined };
  const out = new Output(text.length);
  for (let at = 0; at < text.length;) {
    const [escape] = /^%[0-9a-f]{2}/i.exec(text.slice(at, at + 3)) ?? [];
    if (escape === undefined) {
      out.byte(text.charCodeAt(at), at++);
    } else {
      out.byte(Number.parseInt(escape.slice(1), 16), at);
      at += 3;
    }
  }
  return out.done(text.length);
}

const encoder = new TextEncoder();
/** Few enough for an argument list. */
const atOnce = 8192;

/** In lists of numbers with a place for each: a string that grows by one character is an object of 32 bytes for each. */
class Output {
  readonly #codes: Uint16Array;
  readonly #offsets: Uint32Array;
  #length = 0;

  /** @param escaped how many characters there are with the escapes. */
  constructor(escaped: number) {
    // None becomes more than a backslash before what has three bytes; one more for the end.
    const most = Math.ceil(escaped * 1.5) + 1;
    this.#codes = new Uint16Array(most);
    this.#offsets = new Uint32Array(most);
  }

  byte(byte: number, at: number): void {
    this.#codes[this.#length] = byte;
    this.#offsets[this.#length] = at;
    this.#length += 1;
  }

  /** @param at where its escape begins. */
  character(character: string, at: number): void {
    for (const byte of encoder.encode(character)) this.byte(byte, at);
  }

  done(end: number): Unescaped {
    const pieces: string[] = [];
    for (let at = 0; at < this.#length; at += atOnce) {
      const codes = this.#codes.subarray(at, Math.min(at + atOnce, this.#length));
      pieces.push(Reflect.apply(String.fromCharCode, undefined, codes) as string);
    }
    this.#offsets[this.#length] = end;
    return { text: pieces.join(""), offsets: this.#offsets };
  }
}
