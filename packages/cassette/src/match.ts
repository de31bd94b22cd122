import type { ServiceRequest } from "@eventstream-kit/service";
import { headerValues } from "@eventstream-kit/service";
import { sameBytes } from "./bytes.ts";
import type { RecordedRequest } from "./cassette.ts";
import { badOption, requireOneOf } from "./options.ts";
import { jsonDifference } from "./json-difference.ts";
import { matchedPath } from "./matched-path.ts";

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

export type Matcher = (recorded: RecordedRequest, request: ServiceRequest) => Difference | undefined;

const defaultHeaders = ["x-amz-invocation-type", "x-amz-target"];

/** A function that finds the first difference, in the order method, path, headers, body. */
export function matcher(options: MatchOptions = {}): Matcher {
  const { headers = defaultHeaders, body = "json", ignore = [] } = options;
  requireOneOf("match.body", body, ["none", "exact", "json"]);
  for (const pointer of ignore) {
    if (pointer !== "" && !pointer.startsWith("/")) throw badOption("match.ignore", pointer, "JSON Pointers");
  }
  const ignored = new Set(ignore);
  return (recorded, request) => {
    if (recorded.method !== request.method) {
      return { field: "method", recorded: recorded.method, received: request.method };
    }
    const paths = { recorded: matchedPath(recorded.path), received: matchedPath(request.target) };
    if (paths.recorded !== paths.received) return { field: "path", ...paths };
    for (const name of headers) {
      const values = { recorded: joined(recorded, name), received: joined(request, name) };
      if (values.recorded !== values.received) return { field: `headers.${name.toLowerCase()}`, ...values };
    }
    return body === "none" ? undefined : bodyDifference(recorded.body, request.body, body, ignored);
  };
}

function joined({ headers }: Pick<RecordedRequest, "headers">, name: string): string | undefined {
  const values = headerValues(headers, name);
  return values.length === 0 ? undefined : values.join(", ");
}

function bodyDifference(
  recorded: Uint8Array,
  received: Uint8Array,
  mode: "exact" | "json",
  ignored: ReadonlySet<string>,
): Difference | undefined {
  if (sameBytes(recorded, received)) return undefined;
  const values = [recorded, received].map(jsonOf);
  const bytes = { field: "body", recorded: textOf(recorded), received: textOf(received) };
  if (mode !== "json" || !values[0] || !values[1]) return bytes;
  try {
    const difference = jsonDifference(values[0].value, values[1].value, ignored);
    return (
      difference && { field: `body${difference.pointer}`, recorded: difference.recorded, received: difference.received }
    );
  } catch {
    // Nested deeper than the stack. Equal bytes have been recognised above.
    return bytes;
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
