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
  /** Of the path form: the host that the client asked, when it is the name of a real function URL. */
  readonly realHost?: string;
}

const hostForm = /^([^.]+)\.lambda-url\.([^.]+)\.[^.].*$/;
const realHostForm = /^([a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws)(?::\d+)?$/;
const pathForm = /^\/lambda-url\/([^/?]+)(\/?[^?]*)(.*)$/s;

let last = { named: "", host: "", forUrls: false };

const none: readonly UrlAddress[] = [];

/**
 * Finds what function URLs a request may be for; none when it is for no function URL. There are two forms:
 *
 * - `Host: <url-id>.lambda-url.<region>.<anything>`, which is how real ones are reached;
 * - the path `/lambda-url/<url-id>/…`, for a socket without a name. The function does not see this prefix.
 *
 * With both, the path counts if there is such a URL: what stands in front of a function keeps the host that its client has
 * asked, and signed.
 */
export function urlAddresses(request: ServiceRequest): readonly UrlAddress[] {
  const named = headerValue(request.headers, "host") ?? "";
  // Most requests are for operations, on the same host as the one before. This, the host that was local last, and the loop for
  // tiny pieces in `serve` save another 3 µs of 55 together (a short call, 64 connections).
  if (named !== last.named) {
    const lower = named.toLowerCase();
    last = { named, host: lower, forUrls: lower.includes(".lambda-url.") };
  }
  const { host, forUrls } = last;
  if (!forUrls && !request.target.startsWith("/lambda-url/")) return none;
  const found: UrlAddress[] = [];
  const [, pathId, path, query] = pathForm.exec(request.target) ?? [];
  if (pathId !== undefined) {
    const [, realHost] = realHostForm.exec(host) ?? [];
    const target = `${path || "/"}${query ?? ""}`;
    found.push({ urlId: pathId.toLowerCase(), target, ...(realHost !== undefined && { realHost }) });
  }
  const [, hostId, region] = hostForm.exec(host) ?? [];
  if (hostId !== undefined && region !== undefined) found.push({ urlId: hostId, region, target: request.target });
  return found;
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
