import type { ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import { LambdaEmulatorError } from "../errors.ts";

/** What a request for a function URL is for. */
export interface UrlAddress {
  readonly urlId: string;
  /** Named by the host; the path form names none. */
  readonly region?: string;
  /** Path and query as the function URL sees them, percent-encoding untouched. */
  readonly target: string;
}

const hostForm = /^([^.]+)\.lambda-url\.([^.]+)\.[^.].*$/i;
const pathForm = /^\/lambda-url\/([^/?]+)(\/?[^?]*)(.*)$/s;

/**
 * Finds the function URL that a request is for; `undefined` when it is for none. There are two forms:
 *
 * - `Host: <url-id>.lambda-url.<region>.<anything>`, which is how real ones are reached;
 * - the path `/lambda-url/<url-id>/…`, for a socket without a name. The function does not see this prefix.
 */
export function urlAddress(request: ServiceRequest): UrlAddress | undefined {
  const [, hostId, region] = hostForm.exec(headerValue(request.headers, "host") ?? "") ?? [];
  if (hostId !== undefined && region !== undefined) {
    return { urlId: hostId.toLowerCase(), region: region.toLowerCase(), target: request.target };
  }
  const [, pathId, path, query] = pathForm.exec(request.target) ?? [];
  if (pathId === undefined) return undefined;
  return { urlId: pathId.toLowerCase(), target: `${path || "/"}${query ?? ""}` };
}

/**
 * Where a function URL answers on a server that has no such name: for `https://<url-id>.lambda-url.<region>.on.aws/a?b` the
 * path `/lambda-url/<url-id>/a?b`. Resolve it against the server's URL:
 * `fetch(new URL(functionUrlPath(FunctionUrl), server.url))`.
 *
 * @throws {LambdaEmulatorError} `invalid_option` when the text is no function URL
 */
export function functionUrlPath(functionUrl: string): string {
  const [, urlId, target = ""] = /^https?:\/\/([^./]+)\.lambda-url\.[^/?#]+([^#]*)/i.exec(functionUrl) ?? [];
  if (urlId === undefined) {
    throw new LambdaEmulatorError(
      "invalid_option",
      `Finding the path of a function URL: found ${JSON.stringify(functionUrl)}, expected https://<url-id>.lambda-url.<region>.on.aws/`,
    );
  }
  return `/lambda-url/${urlId.toLowerCase()}${target.startsWith("/") ? "" : "/"}${target}`;
}
