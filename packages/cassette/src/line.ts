import { EventStreamError } from "@eventstream-kit/codec";
import { CassetteError } from "./errors.ts";
import { MisusedMember } from "./nested-base64.ts";

/** Bytes of UTF-8 that a line may have at most, without its end: 1 MiB. */
export const maxLineBytes = 1_048_576;

/** One parsed line that is neither blank nor a comment. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Its `k`; undefined for the first line of a cassette, which has none. */
  readonly kind: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;
}

export function lineBytes(text: string): number {
  // At most three bytes a UTF-16 unit: most lines need no counting.
  return text.length * 3 <= maxLineBytes ? text.length : new TextEncoder().encode(text).length;
}

export function parseLine(text: string, number: number): Line {
  if (lineBytes(text) > maxLineBytes) {
    const found = `${String(lineBytes(text))} bytes`;
    throw new CassetteError(
      "line_length",
      `${lineName(number)} has ${found}; expected at most ${String(maxLineBytes)}`,
      { line: number },
    );
  }
  let members: unknown;
  try {
    members = JSON.parse(text);
  } catch (cause) {
    throw new CassetteError("syntax", `${lineName(number)} ${insteadOfJson(text)}`, { line: number, cause });
  }
  if (typeof members !== "object" || members === null || Array.isArray(members)) {
    throw new CassetteError("syntax", `${lineName(number)} is ${shown(members)}; expected a JSON object`, {
      line: number,
    });
  }
  const line = { number, kind: undefined, members: members as Readonly<Record<string, unknown>> };
  const { k } = line.members;
  if (k === undefined) return line;
  if (typeof k !== "string") throw wrongMember(line, "k", k, "the kind of the line, a string");
  return { ...line, kind: k };
}

function insteadOfJson(text: string): string {
  if (/^(?:<{7}|\|{7}|={7}|>{7})(?: |$)/.test(text))
    return "is of a merge with a conflict; expected the lines of one side";
  if (text.startsWith("\ufeff")) return "begins with a byte order mark; expected UTF-8 without one";
  return "is not JSON; expected one JSON object a line";
}

/** A member as an error names it: `end.sha256`; those of the first line have no prefix. */
export function memberName(line: Line, member: string): string {
  return line.kind === undefined || member === "k" ? member : `${line.kind}.${member}`;
}

export function wrongMember(line: Line, member: string, found: unknown, expected: string): CassetteError {
  const field = memberName(line, member);
  const what = found === undefined ? "is missing" : `is ${shown(found)}`;
  return new CassetteError("field", `${lineName(line.number)}: ${field} ${what}; expected ${expected}`, {
    line: line.number,
    field,
  });
}

/** What the codec says about a message or payload in JSON notation, as a fault of this line. */
export function notationError(line: Line, error: unknown): unknown {
  if (error instanceof MisusedMember) return wrongMember(line, "json", error.found, error.expected);
  if (!(error instanceof EventStreamError)) return error;
  const field = memberName(line, error.field ?? "payload");
  return new CassetteError("field", `${lineName(line.number)}: ${field}: ${error.message}`, {
    line: line.number,
    field,
    cause: error,
  });
}

export function textMember(line: Line, member: string): string {
  const value = line.members[member];
  if (typeof value !== "string") throw wrongMember(line, member, value, "a string");
  return value;
}

/** A whole number from `least`. */
export function countMember(line: Line, member: string, least = 0): number {
  const value = line.members[member];
  if (!isCount(value) || value < least) {
    throw wrongMember(line, member, value, `a whole number from ${String(least)}`);
  }
  return value;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A value as an error shows it, cut when long, and without anything that a terminal would obey. */
export function shown(value: unknown): string {
  const text = jsonText(value) ?? String(value);
  const part = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return part.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

function jsonText(value: unknown): string | undefined {
  if (typeof value === "bigint") return `${String(value)}n`;
  try {
    return JSON.stringify(value);
  } catch (error) {
    // JSON.parse takes values that are nested deeper than JSON.stringify can go.
    return error instanceof RangeError ? "a value nested too deep to be shown" : "an object that JSON has no text for";
  }
}

function lineName(number: number): string {
  return `Cassette line ${String(number)}`;
}
