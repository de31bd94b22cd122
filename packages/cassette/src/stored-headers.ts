import type { HeaderLine } from "@eventstream-kit/service";

// An allow-list: a header nobody thought of stays out. What is not here is counted, never stored.

const requestNames: ReadonlySet<string> = new Set([
  "accept",
  "content-type",
  "x-amz-invocation-type",
  "x-amz-log-type",
  "x-amz-target",
]);

const responseNames: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-length",
  "content-type",
  "retry-after",
  "x-amz-executed-version",
  "x-amz-function-error",
  // The end of the log of a buffered invocation, in base64: masked like everything else.
  "x-amz-log-result",
  "x-amzn-errortype",
  // Token counts and latency of a Bedrock model.
  "x-amzn-bedrock-cache-read-input-token-count",
  "x-amzn-bedrock-cache-write-input-token-count",
  "x-amzn-bedrock-content-type",
  "x-amzn-bedrock-input-token-count",
  "x-amzn-bedrock-output-token-count",
  "x-amzn-bedrock-performanceconfig-latency",
]);

/** What a function's own header has become, such as `x-amzn-remapped-content-type`, unless it is one that nobody stores. */
const remapped = /^x-amzn-remapped-(?!(?:(?:proxy-)?authorization|(?:set-)?cookie2?|date|user-agent|x-amz-.*)$)/;

/**
 * Headers that clients read but that differ each time: stored with a value of the same shape that never changes. `Date` is not
 * among them: SDK clients set their clock by it.
 */
const placeholders: ReadonlyMap<string, string> = new Map([
  ["x-amzn-requestid", "00000000-0000-0000-0000-000000000000"],
  ["x-amzn-trace-id", "Root=1-00000000-000000000000000000000000"],
]);

export interface StoredHeaders {
  /** In the order received, names in lower case. */
  readonly headers: readonly HeaderLine[];
  /** How many header lines are not stored as they came. */
  readonly redacted: number;
}

export function storedRequestHeaders(headers: readonly HeaderLine[]): StoredHeaders {
  return stored(headers, (name) => requestNames.has(name));
}

export function storedResponseHeaders(headers: readonly HeaderLine[]): StoredHeaders {
  return stored(headers, allowedInResponse, placeholders);
}

/** Without what says where a body ends, which has no place behind it (RFC 9110, 6.5.1): no reply could have it there. */
export function storedTrailers(headers: readonly HeaderLine[]): StoredHeaders {
  return stored(headers, (name) => name !== "content-length" && allowedInResponse(name), placeholders);
}

function allowedInResponse(name: string): boolean {
  return responseNames.has(name) || remapped.test(name);
}

function stored(
  headers: readonly HeaderLine[],
  allows: (name: string) => boolean,
  replaced: ReadonlyMap<string, string> = new Map(),
): StoredHeaders {
  const kept: HeaderLine[] = [];
  let redacted = 0;
  for (const [givenName, value] of headers) {
    const name = givenName.toLowerCase();
    const placeholder = replaced.get(name);
    if (allows(name)) kept.push([name, value]);
    else redacted += 1;
    if (placeholder !== undefined) kept.push([name, placeholder]);
  }
  return { headers: kept, redacted };
}
