import { constants } from "node:http2";
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { concat } from "../frame-parts.ts";
import { headerValue } from "../header-value.ts";
import { isBytes } from "../is-bytes.ts";
import type { HeaderLine } from "../service.ts";
import type { Exchange } from "./exchange.ts";
import { StepWriter } from "./step-writer.ts";

// Lines about the connection, which HTTP/2 does not have as header fields (RFC 9113, 8.2.2). node:http2 throws at them, for
// trailers out of an event that nobody could catch.
const connectionSpecific = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/**
 * An HTTP/2 stream as an exchange. Names are lower case in HTTP/2; a request without a `host` line gets one from its
 * `:authority`, as a gateway to HTTP/1.1 would do it.
 */
export function http2Exchange(
  stream: ServerHttp2Stream,
  pseudo: IncomingHttpHeaders,
  raw: readonly string[],
): Exchange {
  const headers: HeaderLine[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!raw[i]!.startsWith(":")) headers.push([raw[i]!, raw[i + 1]!]);
  }
  const authority = pseudo[":authority"] ?? headerValue(headers, "host");
  if (authority !== undefined && headerValue(headers, "host") === undefined) headers.unshift(["host", authority]);
  const writer = new StepWriter(stream);
  let ending: OutgoingHttpHeaders = {};
  return {
    method: pseudo[":method"] ?? "GET",
    target: pseudo[":path"] ?? "/",
    authority,
    headers,
    source: stream,
    expectsContinue: headerValue(headers, "expect")?.toLowerCase() === "100-continue",
    sendContinue() {
      if (!stream.destroyed) stream.additionalHeaders({ ":status": constants.HTTP_STATUS_CONTINUE });
    },
    sendInterim(status, lines) {
      if (!stream.destroyed && !stream.headersSent) stream.additionalHeaders({ ":status": status, ...fields(lines) });
    },
    sendHead(status, lines, { bodyless, trailers }) {
      // The client may have gone in this very turn; the writes say so.
      if (stream.destroyed) return;
      // Who waits for them has to send some, if only an empty frame.
      if (trailers) stream.once("wantTrailers", () => stream.sendTrailers(ending));
      stream.respond({ ":status": status, ...fields(lines) }, { endStream: bodyless, waitForTrailers: trailers });
    },
    takesParts: false,
    write: (step) => writer.write(isBytes(step) ? step : concat(step)),
    taken: () => writer.taken(),
    takesTrailers: () => true,
    end(trailers = []) {
      ending = fields(trailers);
      stream.end();
    },
    leaveRest() {
      // RFC 9113, 8.1. The end is sent before.
      if (!stream.endAfterHeaders) stream.close(constants.NGHTTP2_NO_ERROR);
    },
    reset() {
      // `close(code)` would end the stream cleanly first; only an error sends RST_STREAM (INTERNAL_ERROR) alone.
      stream.destroy(new Error("The service reset the stream"));
    },
    onClosed(listener) {
      stream.once("close", () => listener(stream.writableFinished && stream.rstCode === constants.NGHTTP2_NO_ERROR));
    },
  };
}

/** Header lines as the fields of `respond()`: names in order of first appearance, duplicates as a list. */
function fields(lines: readonly HeaderLine[]): OutgoingHttpHeaders {
  const found = new Map<string, string[]>();
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    if (connectionSpecific.has(key)) continue;
    const values = found.get(key);
    if (values) values.push(value);
    else found.set(key, [value]);
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}
