import http from "node:http";
import https from "node:https";
import type { SecureContext } from "node:tls";
import type { HeaderLine } from "@eventstream-kit/service";
import { messageOf, RecorderError } from "./errors.ts";
import { limitIdleTime, type IdleLimit } from "./idle-limit.ts";
import { guardedLookup, hostnameOf } from "./upstream-address.ts";
import { UpstreamChunks } from "./upstream-chunks.ts";

export interface UpstreamRequest {
  readonly url: URL;
  readonly method: string;
  /** Sent as it is. */
  readonly target: string;
  readonly headers: readonly HeaderLine[];
  readonly body: Uint8Array;
  /** Aborting closes the connection. */
  readonly signal?: AbortSignal;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
  /** What https trusts. Default: what Node trusts. */
  readonly trust?: SecureContext | undefined;
  /** Default: it may be silent for ever. */
  readonly idle?: IdleLimit | undefined;
  /** Told of each interim response (1xx) but `100 Continue`, which nobody has asked for, the moment it comes. Must not throw. */
  readonly interim?: (status: number, headers: readonly HeaderLine[]) => void;
}

export interface UpstreamResponse {
  readonly status: number;
  /** As on the wire: order, case and duplicates. */
  readonly headers: readonly HeaderLine[];
  readonly httpVersion: string;
  /** When the head came, by the request's clock. */
  readonly at: number;
  /**
   * Ends at a clean end of the body; fails with `upstream_failed` when the connection broke off before, `upstream_timeout` when too
   * long nothing came. Read once.
   */
  readonly chunks: UpstreamChunks;
  /** Header lines behind the body: there when `chunks` has ended. */
  trailers(): readonly HeaderLine[];
  /** Closes the connection. */
  close(): void;
}

/**
 * Sends a request and resolves at the response's head.
 *
 * Over `node:http(s)` and nothing else: `fetch` and HTTP/2 merge chunks. Every call has its own connection, because a
 * kept one may turn out to be closed just when a call is sent, and a call must not be sent twice. Redirects are
 * answers like any other. There is no time limit but for silence, and that one only if it is asked for.
 */
export function sendUpstream(request: UpstreamRequest): Promise<UpstreamResponse> {
  const { url } = request;
  return new Promise((resolve, reject) => {
    const outgoing = open(request);
    outgoing.setNoDelay(true);
    const { idle } = request;
    if (idle) void limitIdleTime(outgoing, idle, request.clock, () => tooLongSilent(url, idle));
    outgoing.on("error", (cause) => reject(asRecorderError(cause, url)));
    // Where the end of the connection is the end of the body, node:http takes a reset for a clean end.
    let connectionError: Error | undefined;
    outgoing.on("socket", (socket) => socket.on("error", (error) => (connectionError = error)));
    outgoing.on("information", ({ statusCode, rawHeaders }) => {
      if (statusCode !== 100) request.interim?.(statusCode, pairs(rawHeaders));
    });
    const refuse = (found: string) => {
      outgoing.destroy();
      reject(asRecorderError(new Error(found), url));
    };
    // Nobody has asked for it; without a listener there would be no event at all.
    outgoing.on("upgrade", () => refuse("It switched to another protocol"));
    outgoing.on("response", (incoming) => {
      const at = request.clock();
      const { statusCode = 0 } = incoming;
      if (statusCode < 200 || statusCode > 599) return refuse(`It answered with the status ${String(statusCode)}`);
      resolve({
        status: statusCode,
        headers: pairs(incoming.rawHeaders),
        httpVersion: incoming.httpVersion,
        at,
        chunks: new UpstreamChunks(incoming, {
          clock: request.clock,
          connectionError: () => connectionError,
          failure: (cause) => asRecorderError(cause, url),
        }),
        trailers: () => pairs(incoming.rawTrailers),
        close: () => outgoing.destroy(),
      });
    });
    outgoing.end(request.body);
  });
}

function pairs(raw: readonly string[]): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let i = 0; i < raw.length; i += 2) lines.push([raw[i]!, raw[i + 1]!]);
  return lines;
}

function open(request: UpstreamRequest): http.ClientRequest {
  const { url } = request;
  try {
    return (url.protocol === "https:" ? https : http).request({
      protocol: url.protocol,
      hostname: hostnameOf(url),
      port: url.port,
      method: request.method,
      path: request.target,
      headers: request.headers.flat(),
      agent: false,
      lookup: guardedLookup(),
      // Whatever the environment says (NODE_TLS_REJECT_UNAUTHORIZED): the calls are signed with somebody's own keys.
      rejectUnauthorized: true,
      ...(request.trust ? { secureContext: request.trust } : {}),
      ...(request.signal ? { signal: request.signal } : {}),
    });
  } catch (cause) {
    // A target or header with characters that HTTP/1.1 cannot carry.
    throw new RecorderError("request_refused", `The request cannot be sent on: ${messageOf(cause)}`, { cause });
  }
}

function tooLongSilent(url: URL, { ms }: IdleLimit): RecorderError {
  return new RecorderError(
    "upstream_timeout",
    `Calling ${url.origin} was given up: it sent nothing for ${String(ms)} ms`,
  );
}

/** Whether a call was given up because its upstream was silent. */
export function isTimeout(error: unknown): boolean {
  return error instanceof RecorderError && error.code === "upstream_timeout";
}

function asRecorderError(cause: unknown, url: URL): RecorderError {
  if (cause instanceof RecorderError) return cause;
  return new RecorderError("upstream_failed", `Calling ${url.origin} failed: ${describe(cause)}`, { cause });
}

/** A failed connection to a name with several addresses has an empty message and one error each. */
function describe(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "") return cause.errors.map(messageOf).join("; ");
  return messageOf(cause);
}
