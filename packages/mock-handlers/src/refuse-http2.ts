import http2 from "node:http2";
import { syncBuiltinESMExports } from "node:module";
import { MockHandlersError } from "./errors.ts";

/** Which HTTP/2 connections are refused. */
export interface RefuseHttp2Options {
  /** Whether a connection may be made after all. Default: to this machine, as `serve()` listens on. */
  readonly allow?: (authority: URL) => boolean;
}

/**
 * Makes HTTP/2 connections of this process fail at once, and say why. Call it where `server.listen()` is called.
 *
 * The clients of Bedrock Runtime, Kinesis and Transcribe speak HTTP/2 on Node, which msw cannot see: with `setupServer`
 * on msw 3 such a client hangs without an error, on msw 2 it goes to the network. With this, its calls reject with
 * MockHandlersError `http2`, and nothing is sent.
 *
 * @returns what lets them through again.
 */
export function refuseHttp2({ allow = isLoopback }: RefuseHttp2Options = {}): () => void {
  // Each call is one of its own, also of two with the same `allow`.
  const refusal = (authority: URL) => allow(authority);
  if (refusals.size === 0) install();
  refusals.add(refusal);
  return () => {
    if (refusals.delete(refusal) && refusals.size === 0) restore();
  };
}

/** What has to allow a connection now. They end in any order. */
const refusals = new Set<(authority: URL) => boolean>();
let restore = () => {};

function install(): void {
  const { connect } = http2;
  const refusing = ((...given: Parameters<typeof connect>) => {
    const authority = new URL(given[0]);
    for (const allows of refusals) if (!allows(authority)) throw refused(authority);
    return Reflect.apply(connect, http2, given);
  }) as typeof connect;
  replaceConnect(refusing);
  // Who has replaced it since goes on with a `refusing` that refuses nobody.
  restore = () => {
    if (http2.connect === refusing) replaceConnect(connect);
  };
}

/** Also for those who have imported `connect` by its name. */
function replaceConnect(connect: typeof http2.connect): void {
  http2.connect = connect;
  syncBuiltinESMExports();
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname);
}

function refused({ origin }: URL): MockHandlersError {
  return new MockHandlersError(
    "http2",
    `A client wanted to connect to ${origin} over HTTP/2, which msw cannot see; expected one with requestHandler: requestHandlerFor(handlers), which answers from the same handlers, or with requestHandler: new NodeHttpHandler(), which msw can see`,
  );
}
