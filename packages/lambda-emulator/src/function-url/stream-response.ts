import { Buffer } from "node:buffer";
import type { Step } from "@eventstream-kit/service";
import { wait } from "@eventstream-kit/service";
import { failureJson } from "../function-error.ts";
import type { RunningInvocation } from "../invocation.ts";
import { ownChunks } from "../own-chunks.ts";
import { hasStatusCode, parsedJson } from "./buffered-response.ts";
import { PreludeSplitter, preludeContentType } from "./prelude.ts";
import { preludeHead, resultHead } from "./response-head.ts";
import { internalServerError } from "./url-response.ts";
import type { UrlResponse } from "./url-response.ts";

/** What the body of a streaming function is held to. */
export interface StreamLimits {
  /** Milliseconds until the body of a function that writes nothing ends. 0: at once. */
  readonly openMs: number;
  /** The body is cut one byte above this, as captured of the invoke operation, and nothing marks it. */
  readonly mostBytes: number;
}

const octetStream = "application/octet-stream";

/**
 * The answer of a `RESPONSE_STREAM` URL: resolves as soon as status and headers are known, which is at the function's
 * first write, or at the end of its prelude. One write is one step of the body. An error after that only ends the body.
 */
export async function streamResponse(running: RunningInvocation, limits: StreamLimits): Promise<UrlResponse> {
  const { streaming, contentType } = await running.head.promise();
  if (!streaming) return ofOrdinaryHandler(running);

  const writes = ownChunks(running.chunks);
  const first = await writes.next();
  if (first.done) {
    // Captured: a prelude that no write carried out is lost, its content type included.
    const type = contentType === preludeContentType ? octetStream : contentType;
    return { status: 200, contentType: type, lines: [], body: limits.openMs > 0 ? [wait(limits.openMs)] : [] };
  }
  if (contentType === preludeContentType) return ofPrelude(first.value, writes, limits);
  return { status: 200, contentType, lines: [], body: relay(first.value, writes, limits) };
}

async function ofPrelude(
  first: Uint8Array,
  writes: AsyncIterator<Uint8Array>,
  limits: StreamLimits,
): Promise<UrlResponse> {
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
  return { ...head, contentType: head.contentType ?? octetStream, body: relay(outcome.rest, writes, limits) };
}

/**
 * An ordinary handler behind a streaming URL. Its JSON is the body, all of it, even where a `BUFFERED` URL would take
 * `body` out of it; status, headers and cookies count. An error is a 200 with the JSON that describes it.
 */
async function ofOrdinaryHandler(running: RunningInvocation): Promise<UrlResponse> {
  const writes: Uint8Array[] = [];
  for await (const chunk of ownChunks(running.chunks)) writes.push(chunk);
  const outcome = await running.outcome.promise();
  const text = outcome.kind === "success" ? Buffer.concat(writes).toString() : failureJson(outcome, running.requestId);
  const result = outcome.kind === "success" ? parsedJson(text) : undefined;
  const head = resultHead(hasStatusCode(result) ? result : {});
  if (head === undefined) return internalServerError;
  return { ...head, contentType: head.contentType ?? "application/json", body: [Buffer.from(text)] };
}

/**
 * A function's writes as the body of a reply, beginning with one already read. Not a generator: `return` must reach the
 * function's writes even when nobody ever asked for the first step, or the function would wait for ever.
 */
function relay(first: Uint8Array, writes: AsyncIterator<Uint8Array>, { mostBytes }: StreamLimits): AsyncIterable<Step> {
  let pending: Uint8Array | undefined = first;
  let left = mostBytes + 1;
  return {
    [Symbol.asyncIterator](): AsyncIterator<Step, undefined> {
      return {
        async next() {
          let bytes = pending;
          pending = undefined;
          if (bytes === undefined || bytes.length === 0) {
            // The function runs on without a reader once its response is cut.
            if (left === 0) await writes.return?.();
            const next = await writes.next();
            if (next.done) return { done: true, value: undefined };
            bytes = next.value;
          }
          const value = bytes.subarray(0, left);
          left -= value.length;
          return { done: false, value };
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
