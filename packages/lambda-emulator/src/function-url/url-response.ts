import { Buffer } from "node:buffer";
import { hasNoBody, isBytes } from "@eventstream-kit/service";
import type { Body, HeaderLine, Reply } from "@eventstream-kit/service";
import { inOrder } from "./line-order.ts";
import type { ResponseHead } from "./response-head.ts";

/** What a function URL made of a function's response, in either mode. */
export interface UrlResponse extends ResponseHead {
  readonly contentType: string;
  /** Bytes: whole, with a length. Steps: chunked. */
  readonly body: Uint8Array | Body;
}

/** 502: the answer to everything that a function must not do. Its type is JSON, its body is not. */
export const internalServerError: UrlResponse = {
  status: 502,
  contentType: "application/json",
  lines: [],
  body: Buffer.from("Internal Server Error"),
};

/** The lines of an answer that do not come from the function. */
export interface AnswerLines {
  readonly method: string;
  readonly requestId: string;
  /** `X-Amzn-Trace-Id` */
  readonly traceId: string;
}

/**
 * The answer in the order of captures: type, frame, request id, the function's lines, trace id. `Date` and `Connection`
 * belong to the transport.
 */
export async function urlReply(response: UrlResponse, { method, requestId, traceId }: AnswerLines): Promise<Reply> {
  const { status, contentType, lines, body } = response;
  // Whatever the function returned.
  const bodyless = hasNoBody(status);
  const silent = bodyless || method === "HEAD";
  // The function runs on without a reader.
  if (silent && !isBytes(body)) await leave(body);
  return {
    status,
    headers: [
      ["Content-Type", contentType],
      ...(bodyless ? [] : [frameOf(body)]),
      ["x-amzn-RequestId", requestId],
      ...inOrder(lines),
      ["X-Amzn-Trace-Id", traceId],
    ],
    body: silent ? [] : stepsOf(body),
  };
}

function frameOf(body: UrlResponse["body"]): HeaderLine {
  return isBytes(body) ? ["Content-Length", String(body.length)] : ["Transfer-Encoding", "chunked"];
}

function stepsOf(body: UrlResponse["body"]): Body {
  if (!isBytes(body)) return body;
  return body.length === 0 ? [] : [body];
}

async function leave(body: Body): Promise<void> {
  const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  await iterator.return?.();
}
