import type { HeaderLine } from "@eventstream-kit/service";

/** Status and headers that a function chose, ready to be sent. */
export interface ResponseHead {
  readonly status: number;
  /** `undefined`: the function named none. */
  readonly contentType: string | undefined;
  /** All other lines, cookies first. Names are in lower case, as the service sends them, but that of `cookies` alone is `Set-Cookie`. */
  readonly lines: readonly HeaderLine[];
}

/**
 * Lines about the connection and the message's frame. Those are the server's; what the function set is sent under another
 * name. (Captured for `content-length`, inferred for the rest.)
 */
const remapped = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade"]);

/**
 * Reads `statusCode`, `headers` and `cookies` of a function's result. `undefined` when no response can be made of it: a
 * status that is no integer from 200 to 599, headers that are no object, a header line that HTTP does not allow. The
 * function URL answers 502 then.
 */
export function resultHead(result: Readonly<Record<string, unknown>>): ResponseHead | undefined {
  return read(result, {});
}

/** The same for a prelude, where some runtimes also write `multiValueHeaders`. */
export function preludeHead(prelude: Readonly<Record<string, unknown>>): ResponseHead | undefined {
  return read(prelude, prelude["multiValueHeaders"]);
}

function read(value: Readonly<Record<string, unknown>>, multiValueHeaders: unknown): ResponseHead | undefined {
  const status = statusOf(value["statusCode"] ?? 200);
  const headers = linesOf(value["headers"] ?? {});
  const more = linesOf(multiValueHeaders ?? {}, (list) => (Array.isArray(list) ? list : [list]));
  if (status === undefined || headers === undefined || more === undefined) return undefined;

  const named = new Set(headers.map(([name]) => name));
  const all = [...headers, ...more.filter(([name]) => !named.has(name))];
  // Captured: behind a cookie among the headers they have its name.
  const cookieName = all.some(([name]) => name === "set-cookie") ? "set-cookie" : "Set-Cookie";
  const cookies = (Array.isArray(value["cookies"]) ? value["cookies"] : []).map((cookie): HeaderLine => [
    cookieName,
    javaText(cookie),
  ]);
  const lines = [
    ...all.filter(([name]) => name === "set-cookie"),
    ...cookies,
    ...all.filter(([name]) => name !== "set-cookie" && name !== "content-type"),
  ].map(([name, text]): HeaderLine => [remapped.has(name) ? `x-amzn-remapped-${name}` : name, text]);
  const contentType = all.find(([name]) => name === "content-type")?.[1];
  return [...all, ...cookies].every(isSendable) ? { status, contentType, lines } : undefined;
}

/** Text such as `"418"` counts as its number. */
function statusOf(value: unknown): number | undefined {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

/** One line a value, names in lower case. `null` is no value. */
function linesOf(
  headers: unknown,
  valuesOf: (member: unknown) => readonly unknown[] = (member) => [member],
): HeaderLine[] | undefined {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return undefined;
  return Object.entries(headers as Record<string, unknown>).flatMap(([name, member]) =>
    valuesOf(member)
      .filter((value) => value !== null && value !== undefined)
      .map((value): HeaderLine => [name.toLowerCase(), javaText(value)]),
  );
}

/** A value that is no text, as the service prints it: it is written in Java, so an object looks like `{bad=true}`. */
function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${name}=${javaText(member)}`)
    .join(", ")}}`;
}

/** A token as name, and a value of visible characters, blanks and tabs (RFC 9110, 5.1 and 5.5). */
function isSendable([name, value]: HeaderLine): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
