import http, { type IncomingMessage, type ServerResponse } from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { AddressInfo, Socket } from "node:net";
// Bound here, at import: closing must end on time also while a test has replaced the global timers.
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import { realDelay } from "../delay.ts";
import { ServiceError } from "../errors.ts";
import { firstOf } from "../first-of.ts";
import type { Delay, Service, ServiceRequest } from "../service.ts";
import { shown } from "../shown.ts";
import { answer } from "./answer.ts";
import type { AnswerContext } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { HeadLimit } from "./head-limit.ts";
import { hostOf, isLocalHost } from "./host-check.ts";
import { Http1Exchange } from "./http1.ts";
import { http2Exchange } from "./http2.ts";
import { sniff } from "./sniff.ts";

export interface ServeOptions {
  /** TCP port. Default 0: any free one. */
  readonly port?: number;
  /** Address to bind. Default `127.0.0.1`. Anything that is not loopback lets other machines in: ask for it only on purpose, with {@link allowHost}. */
  readonly host?: string;
  /**
   * Lets in requests for more hosts than loopback names, the bound address and `<id>.lambda-url.<region>.on.aws`. Gets the
   * host in lower case, without a port. Requests for any other host are answered 421, so that a web page
   * cannot reach this server through a name of its own (DNS rebinding). Must not throw.
   */
  readonly allowHost?: (host: string) => boolean;
  /** The largest request body, in bytes. Default 64 MiB. A larger one is answered 413. */
  readonly maxBodyBytes?: number;
  /** How waits in replies wait. Default: `setTimeout`. */
  readonly delay?: Delay;
  /**
   * Told what a service or a reply's body threw while a client was still there. Default: `console.error`. The client gets a 500
   * when the head was not sent yet, a broken connection otherwise. Must not throw.
   */
  readonly onError?: (error: unknown, request: ServiceRequest) => void;
  /** How long `close()` lets open streams go on, in milliseconds. Default 500. */
  readonly graceMs?: number;
  /**
   * How long an HTTP/1.1 connection may be without the whole head of a request, in milliseconds: from its beginning, and from the
   * end of its last request. Then it is ended. 0: for ever. Default 60 000. A request under way has no limit but
   * {@link bodyTimeoutMs}.
   */
  readonly headTimeoutMs?: number;
  /**
   * How long nothing may come of a request's body before its end, in milliseconds. Then the request is answered 408, and an
   * HTTP/1.1 connection closed. 0: for ever. Default 60 000. How long a body takes has no limit, and no time passes while nothing is
   * read, because the client does not take the answer to the request before.
   */
  readonly bodyTimeoutMs?: number;
}

/** A server that listens. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a final slash. */
  readonly url: string;
  readonly port: number;
  /**
   * Stops listening, ends idle connections of HTTP/1.1, gives open streams {@link ServeOptions.graceMs}, then resets what is left and
   * ends all connections. Resolves when every connection is closed. Safe to call twice.
   */
  close(): Promise<void>;
}

/**
 * Serves a service, or the first of several that answers, on one TCP port: HTTP/1.1, and HTTP/2 by prior knowledge
 * (h2c), told apart by a connection's first bytes.
 *
 * A reply goes out as it is: header lines in their order, letter case and number (HTTP/1.1), the head at once, one write a step,
 * which is asked for when the connection has room for it. Steps that are ready in the same turn of the event loop leave
 * together. A reset is a TCP reset, or RST_STREAM; so is a body that throws, never a clean end. Added are only the lines
 * HTTP needs, where AWS's services have them: Date first, Transfer-Encoding and Connection behind the lines about the body with
 * which the reply's lines begin (Content-Type, Content-Length).
 *
 * @throws ServiceError `listen` (`cause` says why), `not_a_service` or `option_range`.
 */
export async function serve(service: Service | readonly Service[], options: ServeOptions = {}): Promise<RunningServer> {
  const unknown = Object.keys(options).find((name) => !knownOptions.includes(name));
  if (unknown !== undefined) {
    throw new ServiceError("option_range", `There is no option ${unknown}; expected one of ${knownOptions.join(", ")}`);
  }
  const { port = 0, host = "127.0.0.1", maxBodyBytes = 64 * 1024 * 1024, allowHost } = options;
  const { graceMs = 500, headTimeoutMs = 60_000, bodyTimeoutMs = 60_000 } = options;
  // To the system, an empty one means all addresses.
  if (typeof host !== "string" || host === "") {
    throw new ServiceError("option_range", `The option host is ${shown(host)}; expected a name or an address`);
  }
  checkRange("port", port, 65_535);
  checkRange("maxBodyBytes", maxBodyBytes, Number.MAX_SAFE_INTEGER);
  checkRange("graceMs", graceMs, 2_147_483_647);
  checkRange("headTimeoutMs", headTimeoutMs, 2_147_483_647);
  checkRange("bodyTimeoutMs", bodyTimeoutMs, 2_147_483_647);
  const bound = hostOf(net.isIPv6(host) ? `[${host}]` : host);
  const context: AnswerContext = {
    service: firstOf(service),
    delay: options.delay ?? realDelay,
    maxBodyBytes,
    bodyTimeoutMs,
    allowsHost: (name) => isLocalHost(name) || name === bound || (allowHost?.(name) ?? false),
    onError:
      options.onError ?? ((error, request) => console.error(`${request.method} ${request.target} failed:`, error)),
  };

  /** The connections. Those of HTTP/2 have streams, and no limit. */
  const sockets = new Map<Socket, HeadLimit | undefined>();
  const open = new Set<Exchange>();
  let whenIdle: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  const accept = (exchange: Exchange, limit?: HeadLimit): void => {
    if (closing) return; // Its connection goes in a moment, when the exchanges before it are done.
    open.add(exchange);
    limit?.requestBegins();
    exchange.onClosed(() => {
      open.delete(exchange);
      limit?.requestEnds();
      if (open.size === 0) whenIdle?.();
    });
    void answer(exchange, context);
  };

  const acceptHttp1 = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) =>
    accept(new Http1Exchange(request, response, expectsContinue), sockets.get(request.socket));
  // Of a connection between two requests there is a limit of ours. Five seconds, as by default, are fewer than clients keep one.
  const http1 = http.createServer({ keepAliveTimeout: 0 });
  http1.on("request", (request, response) => acceptHttp1(request, response, false));
  http1.on("checkContinue", (request, response) => acceptHttp1(request, response, true));
  const h2c = http2.createServer({ strictSingleValueFields: false }); // Duplicates are the reply's choice.
  h2c.on("stream", (stream, headers, _flags, raw) => {
    stream.on("error", () => {}); // Its "close" tells the exchange.
    accept(http2Exchange(stream, headers, raw));
  });
  h2c.on("sessionError", () => {}); // A client that breaks the protocol has ended its own session.

  const listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const limit = new HeadLimit(socket, headTimeoutMs);
    sockets.set(socket, limit);
    socket.setMaxListeners(0); // Every request on it that is still open listens to its end.
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // Its "close" tells everybody.
    const leave = () => socket.destroy();
    socket.once("end", leave);
    sniff(socket, (protocol) => {
      socket.removeListener("end", leave);
      socket.allowHalfOpen = protocol === "http/1.1"; // As node:http and node:http2 create theirs.
      if (protocol === "h2c") {
        limit.stop();
        sockets.set(socket, undefined);
      }
      (protocol === "h2c" ? h2c : http1).emit("connection", socket);
    });
  });
  await listen(listener, port, host);
  const { port: actual } = listener.address() as AddressInfo;

  async function shutDown(): Promise<void> {
    const closed = new Promise((resolve) => listener.close(resolve));
    // Not by `closeIdleConnections`: a server that does not listen itself knows none.
    for (const [socket, limit] of sockets) if (limit?.idle) socket.destroy();
    if (open.size > 0) await settledWithin(graceMs, (resolve) => (whenIdle = resolve));
    const broken = [...open].map((exchange) => new Promise<boolean>((resolve) => exchange.onClosed(resolve)));
    for (const exchange of open) exchange.reset();
    // RST_STREAM leaves at the end of this turn. Without it, an HTTP/2 client takes the closed connection for a clean end.
    await new Promise((resolve) => setImmediate(resolve));
    for (const socket of sockets.keys()) socket.destroy();
    await Promise.all([closed, ...broken]);
  }
  const close = () => (closing ??= shutDown());
  return { url: `http://${urlHost(host)}:${String(actual)}`, port: actual, close, [Symbol.asyncDispose]: close };
}

function listen(server: net.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new ServiceError("listen", `Could not listen on ${host} port ${String(port)}: ${cause.message}`, { cause }),
      );
    });
    server.listen(port, host, resolve);
  });
}

/** A host to put into a URL: for "all addresses", one that reaches this machine. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return net.isIPv6(host) ? `[${host}]` : host;
}

function settledWithin(ms: number, start: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    start(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const knownOptions = Object.keys({
  port: true,
  host: true,
  allowHost: true,
  maxBodyBytes: true,
  delay: true,
  onError: true,
  graceMs: true,
  headTimeoutMs: true,
  bodyTimeoutMs: true,
} satisfies Record<keyof ServeOptions, true>);

function checkRange(name: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new ServiceError(
      "option_range",
      `The option ${name} is ${String(value)}; expected an integer from 0 to ${String(most)}`,
    );
  }
}
