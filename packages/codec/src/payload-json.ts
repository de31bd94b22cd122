import { fromBase64, toBase64 } from "./base64.ts";
import { badField } from "./bad-field.ts";
import { readUtf8, utf8Length } from "./utf8.ts";

/**
 * A payload in JSON notation: the first of these that gives back the same bytes, whatever the content type says. None for
 * an empty payload.
 */
export interface PayloadJson {
  /** A value whose `JSON.stringify` is the payload. Not `1.0`, nor anything with blanks: those are text. */
  readonly json?: unknown;
  /** A payload that is UTF-8. A byte order mark is part of it. */
  readonly text?: string;
  readonly b64?: string;
}

/** Members of a line; an unknown one may be a payload of a later version, such as one in a file of its own. */
const knownMembers: ReadonlySet<string> = new Set(["k", "dir", "event", "ct", "headers", "json", "text", "b64"]);

/**
 * Finds a member called `$b64json` or `$b64text` in what `JSON.stringify` wrote: these names are kept for base64 inside
 * JSON, to be shown opened. What has them already would be taken for that, so it is written as text.
 */
const reservedMember = /[{,]"\$b64(?:json|text)":/;

export function payloadToJson(payload: Uint8Array): PayloadJson {
  if (payload.length === 0) return {};
  const text = readUtf8(payload, 0, payload.length);
  if (text === undefined) return { b64: toBase64(payload) };
  return exactJson(text) ?? { text };
}

/** How what `JSON.stringify` writes begins. */
const jsonStart = /^(?:[[{"\-\d]|(?:true|false|null)$)/;

function exactJson(text: string): PayloadJson | undefined {
  // To have `JSON.parse` throw takes 5 µs for 1 KiB of prose, and 0.6 to see that it will.
  if (!jsonStart.test(text)) return undefined;
  try {
    const json = JSON.parse(text) as unknown;
    return JSON.stringify(json) === text && !reservedMember.test(text) ? { json } : undefined;
  } catch {
    // No JSON, or nested deeper than it can be written again.
    return undefined;
  }
}

export function payloadFromJson(line: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const [member, second] = (["json", "text", "b64"] as const).filter((name) => line[name] !== undefined);
  if (second !== undefined) throw badField(second, line[second], `nothing beside ${member}`);
  if (member === "json") return jsonBytes(line["json"]);
  if (member === "text") return textBytes(line["text"], "text");
  if (member === "b64") return base64Bytes(line["b64"], "b64");
  const unknown = Object.keys(line).find((name) => !knownMembers.has(name));
  if (unknown !== undefined) throw badField(unknown, line[unknown], "a payload as json, text or b64");
  return new Uint8Array();
}

function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw badField("json", value, "a value that can be written as JSON", cause);
  }
  if (text === undefined) throw badField("json", value, "a value that can be written as JSON");
  if (reservedMember.test(text)) {
    throw badField("json", value, "no member $b64json or $b64text, which are reserved (write such a payload as text)");
  }
  return textBytes(text, "json");
}

function textBytes(value: unknown, field: string): Uint8Array<ArrayBuffer> {
  if (typeof value !== "string") throw badField(field, value, "a string");
  if (utf8Length(value) === undefined) throw badField(field, value, "no lone surrogate, which UTF-8 cannot hold");
  return new TextEncoder().encode(value);
}

/** The bytes of a base64 field. */
export function base64Bytes(value: unknown, field: string): Uint8Array<ArrayBuffer> {
  const bytes = typeof value === "string" ? fromBase64(value) : undefined;
  if (bytes === undefined) throw badField(field, value, "base64 text with padding and no blanks");
  return bytes;
}
