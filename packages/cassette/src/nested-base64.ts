import { fromBase64, toBase64 } from "./base64.ts";

/**
 * Base64 within JSON as people read it, and back. AWS puts text into base64: Lambda the log of a call, Bedrock each event.
 *
 *     {"LogResult":"U1RBUlQ="}                    {"LogResult":{"$b64text":"START"}}
 *     {"bytes":"eyJ0eXBlIjoicGluZyJ9","p":"ab"}   {"bytes":{"$b64json":{"type":"ping"}},"p":"ab"}
 *
 * A string is opened only when what is shown gives back the same string.
 */
export function openedBase64(value: unknown, depth = 0, layers = 0): unknown {
  if (depth > deepest || layers >= mostLayers) return value;
  if (typeof value === "string") return openedString(value, depth, layers);
  if (!isContainer(value)) return value;
  return mapped(value, (member) => openedBase64(member, depth + 1, layers));
}

/**
 * The value with its opened strings closed again.
 *
 * @throws MisusedMember for an object with a reserved member that is not as {@link openedBase64} writes it.
 */
export function closedBase64(value: unknown, depth = 0, layers = 0): unknown {
  if (!isContainer(value) || depth > deepest) return value;
  if (Object.hasOwn(value, textMember) || Object.hasOwn(value, jsonMember)) return closedString(value, depth, layers);
  return mapped(value, (member) => closedBase64(member, depth + 1, layers));
}

/** A reserved member in the wrong place, or with a value it cannot have. */
export class MisusedMember extends Error {
  readonly found: unknown;
  readonly expected = `in {"${textMember}": a string} or {"${jsonMember}": a value} no other member and no lone surrogate, and at most ${String(mostLayers)} in each other`;

  constructor(found: unknown) {
    super("A reserved member is not as it is written");
    this.found = found;
  }
}

const textMember = "$b64text";
const jsonMember = "$b64json";

/** Values nested deeper, which nobody writes, stay closed: calls cannot be nested as deep as JSON. */
const deepest = 200;

/** So many times is base64 opened in base64. Each time closed again it takes a third more: a hundred times fill any memory. */
const mostLayers = 8;

/** Shorter ones are words rather than base64 of anything. */
const shortest = 8;

/** Not text for people: control characters other than tab and line ends. */
const unreadable = /[^\P{Cc}\t\n\r]/u;

/** Begins the colours of a terminal, which logs have. */
const escape = "\u001b";

/** What {@link closedBase64} would take for an opened string. */
const reservedMember = /[{,]"\$b64(?:json|text)":/;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function openedString(base64: string, depth: number, layers: number): unknown {
  if (base64.length < shortest || base64.length % 4 !== 0) return base64;
  const bytes = fromBase64(base64);
  const text = bytes && utf8Text(bytes);
  if (text === undefined) return base64;
  const json = jsonContainer(text);
  if (json !== undefined) return { [jsonMember]: openedBase64(json, depth + 1, layers + 1) };
  return unreadable.test(text.replaceAll(escape, "")) ? base64 : { [textMember]: text };
}

function closedString(value: object, depth: number, layers: number): string {
  const [[name, inner] = [], ...more] = Object.entries(value) as [string, unknown][];
  if (more.length > 0 || layers >= mostLayers) throw new MisusedMember(value);
  const text = name === jsonMember ? jsonText(closedBase64(inner, depth + 1, layers + 1)) : inner;
  if (typeof text !== "string") throw new MisusedMember(value);
  const bytes = new TextEncoder().encode(text);
  // A lone surrogate has become another character.
  if (strictUtf8.decode(bytes) !== text) throw new MisusedMember(value);
  return toBase64(bytes);
}

/** Undefined for a value that is nested deeper than calls can be. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** An object or list whose one notation is this text. */
function jsonContainer(text: string): unknown {
  if (!/^[{[]/.test(text) || reservedMember.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The same object when nothing in it changes. */
function mapped(value: object, change: (member: unknown) => unknown): unknown {
  let same = true;
  const changed = (member: unknown): unknown => {
    const other = change(member);
    same &&= other === member;
    return other;
  };
  // By entries, so that `__proto__` stays a member like any other.
  const result = Array.isArray(value)
    ? value.map(changed)
    : Object.fromEntries(Object.entries(value).map(([name, member]) => [name, changed(member)]));
  return same ? value : result;
}
