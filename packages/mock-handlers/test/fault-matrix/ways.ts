/** The ways a stream reaches a reader: a transport, and the client at its end. */
import { connect } from "node:http2";
import { Readable } from "node:stream";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";
import { decodeEvents } from "@eventstream-kit/codec";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { handlersFor, requestHandlerFor } from "@eventstream-kit/mock-handlers";
import { applyFaults } from "@eventstream-kit/service";
import type { Delay, Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import { getResponse } from "msw";
import { complete, text } from "../recordings.ts";
import { listenUntil } from "../msw-server.ts";
import { mswMajor, mswVersion } from "../msw-version.ts";
import type { FaultCase } from "./cases.ts";
import type { Seen } from "./outcome.ts";

/** What is open until a way has been walked. */
export type Scope = Pick<AsyncDisposableStack, "defer">;
type Reader = (seen: Seen) => Promise<void>;
type Fetch = (init: RequestInit) => Promise<Response>;
type Reach = (given: FaultCase, scope: Scope) => Promise<{ readonly client: LambdaClient; readonly get: Fetch }>;

export interface Way {
  readonly transport: string;
  readonly client: string;
  readonly reader: "its own loop" | "decodeEvents" | "readLambdaStream" | "raw bytes";
  readonly open: (given: FaultCase, scope: Scope) => Promise<Reader>;
}

const path = "/2021-11-15/functions/chat/response-streaming-invocations";
const awsUrl = `https://lambda.us-east-1.amazonaws.com${path}`;

/** Answers everything with one short stream, and what goes wrong with it. */
function faulty({ faults }: FaultCase): Service {
  const body = [text("one"), text("two"), complete];
  const headers = [
    ["Content-Type", "application/vnd.amazon.eventstream"],
    ["x-amzn-RequestId", "8f0e5a1c-0000-4000-8000-000000000001"],
  ] as const;
  return { handle: async () => applyFaults({ status: 200, headers, body }, faults) };
}

/** The bytes that are sent, one character each: those of the body, up to where the connection breaks. */
export async function bytesOf(given: FaultCase): Promise<string> {
  const reply = (await faulty(given).handle({ method: "POST", target: path, headers: [], body: new Uint8Array() }))!;
  let bytes = "";
  for await (const step of reply.body) if (step instanceof Uint8Array) bytes += Buffer.from(step).toString("latin1");
  return bytes;
}

/** Waits are over at once, unless the client is to run out of patience: then none is over before it has left. */
function delayFor({ patience }: FaultCase): Delay {
  if (patience === undefined) return () => Promise.resolve();
  return (_ms, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
}

const options = (given: FaultCase) => ({ delay: delayFor(given), onError: () => {} });

function sdk(config: LambdaClientConfig, scope: Scope): LambdaClient {
  const client = new LambdaClient({ region: "us-east-1", maxAttempts: 1, ...config });
  scope.defer(() => client.destroy());
  return client;
}

async function send(client: LambdaClient, { patience }: FaultCase) {
  const command = new InvokeWithResponseStreamCommand({ FunctionName: "chat" });
  return client.send(command, patience === undefined ? {} : { abortSignal: AbortSignal.timeout(patience) });
}

const bySdk =
  (client: LambdaClient, given: FaultCase): Reader =>
  async (seen) => {
    const { EventStream } = await send(client, given);
    for await (const { PayloadChunk, InvokeComplete } of EventStream!) {
      if (PayloadChunk) seen.add(new TextDecoder().decode(PayloadChunk.Payload));
      if (InvokeComplete) seen.add("complete");
    }
  };

async function addBytes(stream: AsyncIterable<Uint8Array>, seen: Seen): Promise<void> {
  for await (const bytes of stream) seen.add(new TextDecoder().decode(bytes));
}

const bySdkAndReadLambdaStream =
  (client: LambdaClient, given: FaultCase): Reader =>
  async (seen) =>
    addBytes(readLambdaStream(await send(client, given)), seen);

const fetched = (get: Fetch, { patience }: FaultCase) =>
  get({
    method: "POST",
    body: "{}",
    ...(patience === undefined ? {} : { signal: AbortSignal.timeout(patience) }),
  });

const byDecodeEvents =
  (get: Fetch, given: FaultCase): Reader =>
  async (seen) => {
    for await (const event of decodeEvents(await fetched(get, given))) {
      seen.add(event.name === "PayloadChunk" ? event.text() : "complete");
    }
  };

const byBytes =
  (get: Fetch, given: FaultCase): Reader =>
  async (seen) => {
    for await (const bytes of (await fetched(get, given)).body!) seen.add(Buffer.from(bytes).toString("latin1"));
  };

const byReadLambdaStream =
  (get: Fetch, given: FaultCase): Reader =>
  async (seen) =>
    addBytes(readLambdaStream(await fetched(get, given)), seen);

/** The ways over one transport: by the SDK, and by fetch. */
function waysOver(transport: string, sdkClient: string, reach: Reach, fetchClient = "fetch"): Way[] {
  const viaSdk = { transport, client: sdkClient };
  const viaFetch = { transport, client: fetchClient };
  return [
    { ...viaSdk, reader: "its own loop", open: async (...to) => bySdk((await reach(...to)).client, to[0]) },
    {
      ...viaSdk,
      reader: "readLambdaStream",
      open: async (...to) => bySdkAndReadLambdaStream((await reach(...to)).client, to[0]),
    },
    { ...viaFetch, reader: "decodeEvents", open: async (...to) => byDecodeEvents((await reach(...to)).get, to[0]) },
    {
      ...viaFetch,
      reader: "readLambdaStream",
      open: async (...to) => byReadLambdaStream((await reach(...to)).get, to[0]),
    },
    { ...viaFetch, reader: "raw bytes", open: async (...to) => byBytes((await reach(...to)).get, to[0]) },
  ];
}

/** The SDK's other transport of a platform, without the fetch rows, which do not depend on it. */
const sdkOnly = (ways: Way[]) => ways.filter(({ client }) => client !== "fetch");

function overMsw(sdkClient: string, handler: () => NodeHttpHandler | FetchHttpHandler): Way[] {
  return waysOver(`msw ${mswVersion}`, sdkClient, async (given, scope) => {
    listenUntil((close) => scope.defer(close), handlersFor(faulty(given), options(given)));
    return { client: sdk({ requestHandler: handler() }, scope), get: (init) => fetch(awsUrl, init) };
  });
}

function overSocket(handler: () => NodeHttpHandler | FetchHttpHandler | NodeHttp2Handler, get = overFetch): Reach {
  return async (given, scope) => {
    const server = await serve(faulty(given), options(given));
    scope.defer(() => server.close());
    return {
      client: sdk({ endpoint: server.url, requestHandler: handler() }, scope),
      get: (init) => get(server.url, init, scope),
    };
  };
}

function overFetch(url: string, init: RequestInit, _scope: Scope): Promise<Response> {
  return fetch(`${url}${path}`, init);
}

/** A request over HTTP/2 with prior knowledge, which fetch does not have. */
function overHttp2(url: string, { signal }: RequestInit, scope: Scope): Promise<Response> {
  const session = connect(url);
  session.on("error", () => {}); // The stream's error tells.
  scope.defer(() => session.destroy());
  const request = session.request({ ":method": "POST", ":path": path }, signal ? { signal } : {});
  request.end("{}");
  return new Promise((resolve, reject) => {
    request.once("error", reject);
    request.once("response", ({ ":status": status = 0, ...headers }) => {
      const lines = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
      resolve(
        new Response(Readable.toWeb(request) as ReadableStream<Uint8Array>, {
          status,
          headers: lines as [string, string][],
        }),
      );
    });
  });
}

/** No HTTP at all. */
const inProcess = waysOver("requestHandlerFor", "the SDK", async (given, scope) => {
  const handlers = handlersFor(faulty(given), options(given));
  return {
    client: sdk({ requestHandler: requestHandlerFor(handlers) }, scope),
    get: async (init) => (await getResponse(handlers, new Request(awsUrl, init)))!,
  };
});

const throughMsw = [
  ...overMsw("the SDK over node:http", () => new NodeHttpHandler()),
  ...sdkOnly(overMsw("the SDK over fetch", () => new FetchHttpHandler())),
];

const withoutMsw = [
  ...waysOver(
    "HTTP/1.1",
    "the SDK over node:http",
    overSocket(() => new NodeHttpHandler()),
  ),
  ...sdkOnly(
    waysOver(
      "HTTP/1.1",
      "the SDK over fetch",
      overSocket(() => new FetchHttpHandler()),
    ),
  ),
  ...waysOver(
    "HTTP/2",
    "the SDK over node:http2",
    overSocket(() => new NodeHttp2Handler(), overHttp2),
    "node:http2",
  ),
  ...inProcess,
];

/** Where msw takes no part, one run is enough, whatever its version. */
const all = mswMajor === 3 ? [...throughMsw, ...withoutMsw] : throughMsw;

export const ways: readonly Way[] = all.filter(({ reader }) => reader !== "raw bytes");
export const rawWays: readonly Way[] = all.filter(({ reader }) => reader === "raw bytes");
export const nameOf = ({ transport, client, reader }: Way) => `${transport}, ${client}, ${reader}`;
