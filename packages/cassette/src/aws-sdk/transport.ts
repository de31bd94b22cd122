import type { SdkRequestHandler } from "./sdk-client.ts";

/** How a client is connected, as far as it can tell. */
export type Transport = "http/1.1" | "h2" | "fetch";

/** Node's handlers say what they speak; `FetchHttpHandler` says nothing. */
export function transportOf({ metadata }: SdkRequestHandler): Transport {
  const protocol = metadata?.handlerProtocol;
  if (protocol === "h2") return "h2";
  return protocol?.startsWith("http/") ? "http/1.1" : "fetch";
}

/** What a reader gets when the service resets the connection in the middle of a body. */
export function brokenError(transport: Transport): Error {
  if (transport === "http/1.1") return Object.assign(new Error("aborted"), { code: "ECONNRESET" });
  if (transport === "h2") {
    const message = "Stream closed with error code NGHTTP2_INTERNAL_ERROR";
    return Object.assign(new Error(message), { code: "ERR_HTTP2_STREAM_ERROR" });
  }
  return new TypeError("terminated", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });
}

/** What a reader gets when the call is aborted in the middle of a body. Undefined: a clean end, as with HTTP/2. */
export function abortedError(transport: Transport, signal: AbortSignal): Error | undefined {
  if (transport === "h2") return undefined;
  return transport === "http/1.1" ? brokenError(transport) : (signal.reason as Error);
}

/** What `send()` rejects with when the call is aborted before the response head, in any SDK client. */
export function abortError(signal: AbortSignal): Error {
  const { reason } = signal as { readonly reason: unknown };
  const error = reason instanceof Error ? new Error("Request aborted", { cause: reason }) : new Error(String(reason));
  error.name = "AbortError";
  return error;
}
