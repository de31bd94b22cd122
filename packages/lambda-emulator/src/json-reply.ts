import type { HeaderLine, Reply } from "@eventstream-kit/service";

const encoder = new TextEncoder();

/**
 * A whole JSON answer in the order of captures: type, length, request id, then the rest. `Date` and `Connection`
 * belong to the transport.
 */
export function jsonReply(
  status: number,
  body: unknown,
  requestId: string,
  headers: readonly HeaderLine[] = [],
): Reply {
  return bytesReply(status, encoder.encode(JSON.stringify(body)), requestId, headers);
}

/** The same for a body that is ready. */
export function bytesReply(
  status: number,
  body: Uint8Array,
  requestId: string,
  headers: readonly HeaderLine[] = [],
  contentType = "application/json",
): Reply {
  return {
    status,
    headers: [
      ["Content-Type", contentType],
      ["Content-Length", String(body.length)],
      ["x-amzn-RequestId", requestId],
      ...headers,
    ],
    body: body.length === 0 ? [] : [body],
  };
}

/** A 204 of the control plane and of `DryRun`: a type and no length, as the service sends it. */
export function noContent(requestId: string): Reply {
  return {
    status: 204,
    headers: [
      ["Content-Type", "application/json"],
      ["x-amzn-RequestId", requestId],
    ],
    body: [],
  };
}
