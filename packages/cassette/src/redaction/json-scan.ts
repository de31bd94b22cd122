const code = (character: string) => character.charCodeAt(0);
const [newline, quote, backslash, brace, bracket] = [code("\n"), code('"'), code("\\"), code("{"), code("[")];
const [braceEnd, bracketEnd, space] = [code("}"), code("]"), code(" ")];
/** RFC 8259: what may stand right behind a bracket, blanks aside. */
const canFollow = { "{": /["}]/, "[": /["{[\]0-9tfn-]/ } as const;
/** The bytes of a byte order mark, which may stand before all else. */
const byteOrderMark: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);
/** What stands before a document in a line of server-sent events. */
const prefix = "data:";

/**
 * Follows a text that comes in pieces, to know whether a JSON document has begun that has not ended: at the start of the text or
 * of a line, or right after another one. Only brackets and strings are told apart, so what merely begins like JSON counts until
 * it cannot be any.
 */
export class JsonScan {
  #where: "start" | "document" | "text" = "start";
  #prefixed = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The bracket right before, blanks aside. */
  #after: "{" | "[" | undefined;

  get isOpen(): boolean {
    return this.#where === "document";
  }

  /** Gives where in the piece the document begins that is open at its end. Undefined if none, or if it began before. */
  push(bytes: Uint8Array): number | undefined {
    let begin: number | undefined;
    for (let at = 0; at < bytes.length; at++) {
      if (this.#where === "text") {
        at = bytes.indexOf(newline, at);
        if (at < 0) return undefined;
        this.#where = "start";
      } else if (this.#where === "document") this.#inside(bytes[at]!);
      else if (this.#begins(bytes[at]!)) begin = at;
    }
    return this.isOpen ? begin : undefined;
  }

  /** What is open is followed no further: the next document is one at the start of a line. */
  giveUp(): void {
    this.#where = "text";
    this.#prefixed = 0;
  }

  #begins(byte: number): boolean {
    if (byte <= space || byteOrderMark.has(byte)) return false;
    if (byte === code(prefix[this.#prefixed]!)) {
      this.#prefixed = (this.#prefixed + 1) % prefix.length;
      return false;
    }
    if (byte !== brace && byte !== bracket && byte !== quote) {
      this.giveUp();
      return false;
    }
    this.#where = "document";
    this.#prefixed = 0;
    this.#depth = 0;
    this.#inString = this.#escaped = false;
    this.#after = undefined;
    this.#inside(byte);
    return true;
  }

  #inside(byte: number): void {
    if (this.#inString) {
      // RFC 8259, section 7: control characters are escaped.
      if (byte < space) this.giveUp();
      else if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === quote) {
        this.#inString = false;
        if (this.#depth === 0) this.#where = "start";
      }
      return;
    }
    if (byte <= space) return;
    const after = this.#after;
    this.#after = byte === brace ? "{" : byte === bracket ? "[" : undefined;
    if (after && !canFollow[after].test(String.fromCharCode(byte))) this.giveUp();
    else if (byte === quote) this.#inString = true;
    else if (byte === brace || byte === bracket) this.#depth += 1;
    else if (byte === braceEnd || byte === bracketEnd) {
      this.#depth -= 1;
      if (this.#depth === 0) this.#where = "start";
    }
  }
}
