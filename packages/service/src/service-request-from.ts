import { ServiceError } from "./errors.ts";
import { headerValue } from "./header-value.ts";
import type { HeaderLine, ServiceRequest } from "./service.ts";

/**
 * A fetch `Request` as a service's request. Reads its body to the end.
 *
 * - `target` is cut out of the request's URL as it stands: percent-encoding is not touched again.
 * - Header lines come as `Headers` has them: lower-case names, sorted, one line a name. A `host` line is made from the URL when
 *   the request has none, which is so for every request made by `fetch`.
 * - `signal` is the request's own.
 *
 * @throws ServiceError `request_used` when the body has been read already.
 */
export async function serviceRequestFrom(request: Request): Promise<ServiceRequest> {
  if (request.bodyUsed) {
    throw new ServiceError(
      "request_used",
      `The body of ${request.method} ${request.url} has been read already; expected an unread request, or its clone`,
    );
  }
  const { authority, target } = splitUrl(request.url);
  const headers: HeaderLine[] = [...request.headers];
  if (headerValue(headers, "host") === undefined) headers.unshift(["host", authority]);
  return {
    method: request.method,
    target,
    headers,
    body: new Uint8Array(await request.arrayBuffer()),
    signal: request.signal,
  };
}

/** Cuts `scheme://authority/path?query#fragment` without parsing it, because parsing would normalise the path. */
function splitUrl(url: string): { authority: string; target: string } {
  const start = url.indexOf("//") + 2;
  const end = url.includes("#") ? url.indexOf("#") : url.length;
  const path = url.slice(start, end).search(/[/?]/);
  const authority = path === -1 ? url.slice(start, end) : url.slice(start, start + path);
  const target = path === -1 ? "/" : url.slice(start + path, end);
  return {
    authority: authority.slice(authority.lastIndexOf("@") + 1),
    target: target.startsWith("/") ? target : `/${target}`,
  };
}
