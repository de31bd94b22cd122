import type { HeaderLine } from "@eventstream-kit/service";
import { headerValues } from "@eventstream-kit/service";
import { sameBytes } from "./bytes.ts";
import { jsonDifference } from "./json-difference.ts";
import { matchedPath } from "./matched-path.ts";
import { badOption, requireKnown, requireList, requireOneOf } from "./options.ts";

/** What makes a request the one that was recorded. Method and path with query always do. */
export interface MatchOptions {
  /**
   * Headers that must be equal, in any letter case. Only headers that a recorder stores can be. Default
   * `x-amz-invocation-type` and `x-amz-target`.
   */
  readonly headers?: readonly string[];
  /**
   * `json`: bodies that are JSON are equal as values, other ones as bytes. `exact`: as bytes. `none`: any body does.
   * Default `json`.
   */
  readonly body?: "none" | "exact" | "json";
  /** JSON Pointers (RFC 6901) to values in the body that may differ, such as `/requestId`. For `json` bodies. */
  readonly ignore?: readonly string[];
}

/** The first thing in which a request differs from a recorded one. */
export interface Difference {
  /** `method`, `path`, `headers.<name>`, `body`, or `body` and a JSON Pointer, such as `body/user/name`. */
  readonly field: string;
  /** Undefined where there is nothing. Bytes that are no text are given by their number. */
  readonly recorded: unknown;
  readonly received: unknown;
}

/** What is compared of a request, recorded or received, in a form in which equal things are equal. */
export interface Features {
  readonly method: string;
  readonly path: string;
  /** The value of each compared header; undefined where there is none. */
  readonly headers: ReadonlyMap<string, string | undefined>;
  readonly body: Uint8Array;
  /** The body as a value, if it is JSON and compared as such. */
  readonly json: { readonly value: unknown } | undefined;
}

export interface Matcher {
  /** @param target path and query. */
  features(method: string, target: string, headers: readonly HeaderLine[], body: Uint8Array): Features;
  /** The first difference, in the order method, path, headers, body. Undefined for a match. */
  difference(recorded: Features, received: Features): Difference | undefined;
}

const defaultHeaders = ["x-amz-invocation-type", "x-amz-target"];

/** @throws CassetteError `option` */
export function matcher(options: MatchOptions = {}): Matcher {
  requireKnown("match", options, { headers: true, body: true, ignore: true });
  const { headers: names = defaultHeaders, body: mode = "json", ignore = [] } = options;
  requireOneOf("match.body", mode, ["none", "exact", "json"]);
  requireList("match.headers", names);
  for (const name of names) if (typeof name !== "string") throw badOption("match.headers", name, "names of headers");
  requireList("match.ignore", ignore);
  for (const pointer of ignore) {
    if (typeof pointer === "string" && (pointer === "" || pointer.startsWith("/"))) continue;
    throw badOption("match.ignore", pointer, "JSON Pointers");
  }
  const ignored = new Set(ignore);
  return {
    features: (method, target, headers, body) => ({
      method,
      path: matchedPath(target),
      headers: new Map(names.map((name) => [name.toLowerCase(), joined(headers, name)])),
      body,
      json: mode === "json" ? jsonOf(body) : undefined,
    }),
    difference(recorded, received) {
      for (const field of ["method", "path"] as const) {
        if (recorded[field] !== received[field]) return differs(field, recorded[field], received[field]);
      }
      for (const [name, value] of recorded.headers) {
        const other = received.headers.get(name);
        if (value !== other) return differs(`headers.${name}`, value, other);
      }
      return mode === "none" ? undefined : bodyDifference(recorded, received, ignored);
    },
  };
}

function differs(field: string, recorded: unknown, received: unknown): Difference {
  return { field, recorded, received };
}

function joined(headers: readonly HeaderLine[], name: string): string | undefined {
  const values = headerValues(headers, name);
  return values.length === 0 ? undefined : values.join(", ");
}

function bodyDifference(recorded: Features, received: Features, ignored: ReadonlySet<string>): Difference | undefined {
  if (sameBytes(recorded.body, received.body)) return undefined;
  const asBytes = differs("body", textOf(recorded.body), textOf(received.body));
  if (!recorded.json || !received.json) return asBytes;
  try {
    const found = jsonDifference(recorded.json.value, received.json.value, ignored);
    return found && differs(`body${found.pointer}`, found.recorded, found.received);
  } catch {
    // Nested deeper than the stack. Bodies of equal bytes have not come this far.
    return asBytes;
  }
}

function jsonOf(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown };
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return `${String(bytes.length)} bytes`;
  }
}
