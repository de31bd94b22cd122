import { stringEnd } from "./json-walk.ts";

/** Where something is in a text. */
export type Range = readonly [from: number, to: number];

/**
 * Blanks, `data:` as in a line of server-sent events, blanks. A blank is what is below the exclamation mark, and a byte of a byte
 * order mark.
 */
const beforeDocument = /[^!-\u00ba\u00bc-\u00be\u00c0-\u00ee\u00f0-\uffff]*(?:data:[^!-\uffff]*)?/y;

/**
 * The JSON documents in a text, wherever its lines end: one at its start, at the start of a line, or right behind another, as
 * `JsonScan` sees them while they come. Words and numbers alone are none.
 */
export function* jsonDocuments(text: string): Generator<Range, void, undefined> {
  /** How far the ends of documents of several lines were looked for: once, so that no text takes more than its time. */
  let searched = 0;
  let lineEnd = -1;
  for (let at = 0; at < text.length;) {
    beforeDocument.lastIndex = at;
    beforeDocument.exec(text);
    const from = beforeDocument.lastIndex;
    // Once for a line, which may have very many documents.
    if (lineEnd < from) lineEnd = text.indexOf("\n", from);
    if (lineEnd < 0) lineEnd = text.length;
    if (/[[{"]/.test(text.charAt(from))) {
      const limit = from < searched ? lineEnd : text.length;
      const length = documentLength(text.slice(from, limit));
      const to = from + (length ?? 0);
      searched = Math.max(searched, length === undefined ? limit : to);
      if (length !== undefined && isJson(text.slice(from, to)) && !isQuotation(text, from, to)) {
        yield [from, to];
        at = to;
        continue;
      }
    }
    at = lineEnd + 1;
  }
}

/** Up to the bracket or quote that belongs to the first one. Undefined if there is none. */
function documentLength(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = stringEnd(text, at + 1);
        if (depth === 0 && at < text.length) return at + 1;
        break;
      case "{":
      case "[":
        depth += 1;
        break;
      case "}":
      case "]":
        depth -= 1;
        if (depth === 0) return at + 1;
        break;
      case undefined:
      default:
    }
  }
  return undefined;
}

/** Whether it is a string with something behind it on its line: prose. */
function isQuotation(text: string, from: number, to: number): boolean {
  return text[from] === '"' && !/^[ \t\r]*(?:$|\n)/.test(text.slice(to, to + 64));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
