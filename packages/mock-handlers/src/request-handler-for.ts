import type { RequestHandler } from "msw";
import { getResponse } from "msw";
import { MockHandlersError } from "./errors.ts";

/** The parts of an SDK's HTTP request that matter here (`HttpRequest` of `@smithy/types`). */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What an SDK expects in return (`HttpResponse` of `@smithy/types`). */
export interface SdkResponse {
  statusCode: number;
  reason: string;
  headers: Record<string, string>;
  body: ReadableStream<Uint8Array>;
}

/** A value for the `requestHandler` setting of every AWS SDK client. */
export interface SdkRequestHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: SdkRequest, options?: { readonly abortSignal?: unknown }): Promise<{ response: SdkResponse }>;
  /** Nothing is configurable: timeouts and agents belong to real connections. */
  updateHttpClientConfig(key: never, value: never): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
}

/**
 * A `requestHandler` for AWS SDK clients that answers from msw handlers, with no interception and no `setupServer`.
 *
 * **This is the way to mock clients that speak HTTP/2, such as Bedrock Runtime and Kinesis on Node.** msw does not see
 * HTTP/2: with `setupServer` on msw 3 such a client hangs without an error, on msw 2 it goes to the network.
 *
 * Works for every client. Everything in the SDK is real up to the socket: signing, retries, event-stream decoding.
 * `setupServer` and `server.use` do not take part; only the list given here does.
 *
 * @throws MockHandlersError `handlers` when the list is empty, or not one of handlers. `send()` rejects with `unhandled_request` when no
 * handler answers, and with `passthrough` when one asks for the network.
 */
export function requestHandlerFor(handlers: readonly RequestHandler[]): SdkRequestHandler {
  checkHandlers(handlers);
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(sdkRequest, { abortSignal } = {}) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      const request = toRequest(sdkRequest, signal);
      const response = await unlessAborted(getResponse([...handlers], request), signal);
      return { response: toSdkResponse(checked(response, request), signal) };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}

function checkHandlers(handlers: unknown): void {
  const list: readonly unknown[] = Array.isArray(handlers) ? handlers : [];
  const other = list.findIndex((one) => typeof (one as { run?: unknown } | null | undefined)?.run !== "function");
  if (list.length > 0 && other === -1) return;
  const kind = Array.isArray(list[other]) ? "a list" : typeof list[other];
  const found = list.length > 0 ? `${kind} as item ${String(other + 1)}` : "no list, or an empty one";
  throw new MockHandlersError(
    "handlers",
    `requestHandlerFor was given ${found}; expected msw handlers, such as requestHandlerFor(lambdaHandlers(...))`,
  );
}

function toRequest(sdk: SdkRequest, signal: AbortSignal | undefined): Request {
  const { protocol, hostname, port, path, query = {}, method, headers } = sdk;
  const search = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => pair(name, one)));
  const authority = port === undefined ? hostname : `${hostname}:${String(port)}`;
  const url = `${protocol}//${authority}${path}${search.length > 0 ? `?${search.join("&")}` : ""}`;
  return new Request(url, {
    method,
    headers: Object.entries(headers).filter(([name]) => !name.startsWith(":")), // HTTP/2's own, such as :authority.
    ...(method === "GET" || method === "HEAD" ? {} : bodyInit(sdk.body)),
    ...(signal ? { signal } : {}),
  });
}

function pair(name: string, value: string | null): string {
  return value === null ? encodeURIComponent(name) : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}

/** A stream goes in as a stream, so a handler can read an input event stream while it answers. */
function bodyInit(body: unknown): RequestInit {
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body)) {
    return { body: (body ?? null) as NonNullable<RequestInit["body"]> | null };
  }
  const stream = body instanceof ReadableStream ? body : streamFrom(body as AsyncIterable<Uint8Array>);
  // `duplex` is required with a stream and missing from the type.
  return { body: stream, duplex: "half" } as RequestInit;
}

/** `ReadableStream.from`, which not every browser has. */
function streamFrom(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function checked(response: Response | undefined, { method, url }: Request): Response {
  if (response === undefined) {
    throw new MockHandlersError(
      "unhandled_request",
      `No handler of requestHandlerFor answered ${method} ${url}; expected one that matches it`,
    );
  }
  // `HttpResponse.error()`, as msw shows it to a client.
  if (response.type === "error") throw new TypeError("Network error", { cause: response });
  if (response.status === 302 && response.headers.get("x-msw-intention") === "passthrough") {
    throw new MockHandlersError(
      "passthrough",
      `A handler of requestHandlerFor passed ${method} ${url} through; expected a response, because there is no network behind it`,
    );
  }
  return response;
}

function toSdkResponse(response: Response, signal: AbortSignal | undefined): SdkResponse {
  const body = response.body ?? new Blob().stream();
  return {
    statusCode: response.status,
    reason: response.statusText,
    headers: Object.fromEntries(response.headers),
    // The pipe tells both ends of an abort: the SDK's reader, and the source, which is cancelled.
    body: signal ? body.pipeThrough(new TransformStream({}), { signal }) : body,
  };
}

/** Rejects with the signal's reason when it comes first, as the SDK's own handlers do. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let leave!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
