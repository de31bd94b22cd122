import { headerValue, headerValues, type HeaderLine } from "@eventstream-kit/service";

/** Headers that concern one connection only (RFC 9110 section 7.6.1), whatever `connection` names besides. */
const hopByHop = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The lines that may travel on: no hop-by-hop headers, and no pseudo-headers of HTTP/2. Order and case stay. */
export function endToEnd(headers: readonly HeaderLine[]): HeaderLine[] {
  const named = headerValues(headers, "connection").flatMap((value) => value.toLowerCase().split(","));
  const dropped = new Set([...hopByHop, ...named.map((name) => name.trim())]);
  return headers.filter(([line]) => !line.startsWith(":") && !dropped.has(line.toLowerCase()));
}

/**
 * The lines for a streamed answer, one without a length: they ask proxies that may stand before the recorder, in nginx's words, to
 * hold nothing back. What the upstream itself says of that stays.
 */
export function unbuffered(headers: readonly HeaderLine[]): readonly HeaderLine[] {
  const settled = ["content-length", "x-accel-buffering"].some((name) => headerValue(headers, name) !== undefined);
  return settled ? headers : [...headers, ["x-accel-buffering", "no"]];
}
