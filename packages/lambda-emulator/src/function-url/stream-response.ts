import { Buffer } from "node:buffer";
import type { Body, Step } from "@eventstream-kit/service";
import { wait } from "@eventstream-kit/service";
import { failureJson } from "../function-error.ts";
import type { RunningInvocation } from "../invocation.ts";
import { hasStatusCode } from "./buffered-response.ts";
import { PreludeSplitter, preludeContentType } from "./prelude.ts";
import { preludeHead, resultHead } from "./response-head.ts";
import { internalServerError } from "./url-response.ts";
import type { UrlResponse } from "./url-response.ts";

/** What happens to the body of a streaming function that writes nothing: it ends, or it stays open for some time. */
export interface EmptyStream {
  /** Milliseconds until the body ends. 0: at once. */
  readonly openMs: number;
}

const octetStream = "application/octet-stream";

/**
 * The answer of a `RESPONSE_STREAM` URL: resolves as soon as status and headers are known, which is at the function's
 * first write, or at the end of its prelude. One write is one step of the body. An error after that only ends the body.
 */
export async function streamResponse(running: RunningInvocation, empty: EmptyStream): Promise<UrlResponse> {
  const { streaming, contentType } = await running.head;
  if (!streaming) return ofOrdinaryHandler(running);

  const writes = running.chunks[Symbol.asyncIterator]();
  const first = await writes.next();
  if (first.done) {
    // Captured: a prelude that no write carried out is lost, its content type included.
    const type = contentType === preludeContentType ? octetStream : contentType;
    return { status: 200, contentType: type, lines: [], body: empty.openMs > 0 ? [wait(empty.openMs)] : [] };
  }
  if (contentType === preludeContentType) return ofPrelude(first.value, writes);
  return { status: 200, contentType, lines: [], body: relay(first.value, writes) };
}

async function ofPrelude(first: Uint8Array, writes: AsyncIterator<Uint8Array>): Promise<UrlResponse> {
  const splitter = new PreludeSplitter();
  let outcome = splitter.push(first);
  while (outcome === undefined) {
    const { done, value } = await writes.next();
    outcome = done ? splitter.finish() : splitter.push(value);
  }
  const head = outcome.kind === "prelude" ? preludeHead(outcome.value) : undefined;
  // What a malformed prelude does on the service is not known; it cannot be a response.
  if (outcome.kind !== "prelude" || head === undefined) {
    await writes.return?.();
    return internalServerError;
  }
  return { ...head, contentType: head.contentType ?? octetStream, body: relay(outcome.rest, writes) };
}

/**
 * An ordinary handler behind a streaming URL. Its JSON is the body, all of it, even where a `BUFFERED` URL would take
 * `body` out of it; status, headers and cookies count. An error is a 200 with the JSON that describes it.
 */
async function ofOrdinaryHandler(running: RunningInvocation): Promise<UrlResponse> {
  const writes: Uint8Array[] = [];
  for await (const chunk of running.chunks) writes.push(chunk);
  const outcome = await running.outcome;
  const text = outcome.kind === "success" ? Buffer.concat(writes).toString() : failureJson(outcome, running.requestId);
  const result: unknown = outcome.kind === "success" ? JSON.parse(text) : undefined;
  const head = resultHead(hasStatusCode(result) ? result : {});
  if (head === undefined) return internalServerError;
  return { ...head, contentType: head.contentType ?? "application/json", body: [Buffer.from(text)] };
}

/**
 * A function's writes as the body of a reply, beginning with one already read. Not a generator: `return` must reach the
 * function's writes even when nobody ever asked for the first step, or the function would wait for ever.
 */
function relay(first: Uint8Array, writes: AsyncIterator<Uint8Array>): Body {
  let pending: Uint8Array | undefined = first;
  return {
    [Symbol.asyncIterator](): AsyncIterator<Step, undefined> {
      return {
        async next() {
          const value = pending;
          pending = undefined;
          if (value !== undefined && value.length > 0) return { done: false, value };
          const next = await writes.next();
          return next.done ? { done: true, value: undefined } : { done: false, value: next.value };
        },
        async return() {
          pending = undefined;
          await writes.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
