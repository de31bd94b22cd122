import http from "node:http";
import https from "node:https";
import type { SecureContext } from "node:tls";
import type { HeaderLine } from "@eventstream-kit/service";
import { messageOf, RecorderError } from "./errors.ts";
import { freeMemory } from "./free-memory.ts";
import { limitIdleTime, type IdleLimit } from "./idle-limit.ts";
import { guardedLookup, hostnameOf } from "./upstream-address.ts";

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

/** One piece of the body, as one `data` event of `node:http` delivered it: for HTTP/1.1, one chunk as sent. */
export interface UpstreamChunk {
  readonly bytes: Uint8Array;
  /** When it came, by the request's clock. */
  readonly at: number;
  /** True when the reader had fallen behind and the connection was paused: `at` is then the reader's doing. */
  readonly paused: boolean;
}

export interface UpstreamResponse {
  readonly status: number;
  /** As on the wire: order, case and duplicates. */
  readonly headers: readonly HeaderLine[];
  readonly httpVersion: string;
  /** When the head came, by the request's clock. */
  readonly at: number;
  /**
   * Ends at a clean end of the body; throws `upstream_failed` when the connection broke off before, `upstream_timeout` when too
   * long nothing came. Read once.
   */
  readonly chunks: AsyncIterable<UpstreamChunk>;
  /** Header lines behind the body: there when `chunks` has ended. */
  trailers(): readonly HeaderLine[];
  /** Closes the connection. */
  close(): void;
}

/** Bytes held for a slow reader before the connection is paused. */
const highWaterMark = 256 * 1024;

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
        chunks: chunksOf(incoming, url, request.clock, () => connectionError),
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

/**
 * The `data` events as a sequence. Iterating the message itself would join whatever has piled up into one chunk, and
 * the boundaries are what is recorded. Listens at once: an error before the first pull must not go unheard.
 */
function chunksOf(
  incoming: http.IncomingMessage,
  url: URL,
  clock: () => number,
  connectionError: () => Error | undefined,
): AsyncIterable<UpstreamChunk> {
  const waiting: UpstreamChunk[] = [];
  let held = 0;
  let paused = false;
  let ended = false;
  let failure: unknown;
  let wake: (() => void) | undefined;

  incoming.on("data", (bytes: Buffer) => {
    waiting.push({ bytes, at: clock(), paused });
    held += bytes.length;
    paused = held >= highWaterMark;
    if (paused) incoming.pause();
    wake?.();
  });
  // Told after node:http, which has copied the body's bytes from what was read. Should it ever pass them on as they are, they stay.
  incoming.socket.on("data", (packet: Buffer) => {
    if (waiting.at(-1)?.bytes.buffer !== packet.buffer) freeMemory(packet);
  });
  incoming.on("end", () => {
    failure ??= connectionError();
    ended = failure === undefined;
    wake?.();
  });
  incoming.on("error", (error) => {
    failure = error;
    wake?.();
  });
  incoming.on("close", () => {
    if (!ended) failure ??= new Error("The connection was closed");
    wake?.();
  });

  async function* read(): AsyncGenerator<UpstreamChunk, void, undefined> {
    try {
      for (;;) {
        for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
          held -= chunk.bytes.length;
          yield chunk;
        }
        if (ended) return;
        if (failure !== undefined) throw asRecorderError(failure, url);
        const more = new Promise<void>((resolve) => (wake = resolve));
        if (paused) incoming.resume();
        await more;
      }
    } finally {
      incoming.destroy();
    }
  }
  return read();
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
