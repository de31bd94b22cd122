import { finished } from "node:stream";
import type { LambdaContext } from "./lambda-context.ts";
import { RuntimeError } from "./response-stream.ts";
import type { ResponseStream } from "./response-stream.ts";

// The marks that Lambda's Node.js runtime puts on a handler given to `awslambda.streamifyResponse`.
const streamingMark: unique symbol = Symbol.for("aws.lambda.runtime.handler.streaming") as never;
const highWaterMark: unique symbol = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark") as never;

/** A handler that writes its response, as `awslambda.streamifyResponse` takes it. */
export type StreamingHandler = (
  // oxlint-disable-next-line typescript/no-explicit-any -- an event is whatever the caller sent
  event: any,
  responseStream: ResponseStream,
  context: LambdaContext,
) => Promise<unknown>;

interface Marked {
  [streamingMark]?: string;
  [highWaterMark]?: number;
}

/** Marks a handler as streaming, exactly as Lambda's runtime does. */
export function streamifyResponse<H extends StreamingHandler>(handler: H, options?: { highWaterMark?: number }): H {
  const marked = handler as Marked;
  marked[streamingMark] = "response";
  if (options?.highWaterMark !== undefined) marked[highWaterMark] = options.highWaterMark;
  return handler;
}

export function isStreamingHandler(code: unknown): code is StreamingHandler {
  return typeof code === "function" && (code as Marked)[streamingMark] === "response";
}

/** Bytes the stream holds before `write` says "wait"; undefined for Node's default. */
export function highWaterMarkOf(handler: StreamingHandler): number | undefined {
  return (handler as Marked)[highWaterMark];
}

/**
 * Runs a streaming handler until its response is complete. Like the runtime, waits for the stream to end even when the
 * handler resolved before; a handler that never ends its stream therefore times out.
 *
 * @param onReturned Called when the function has done all it does: only its reader is still to come.
 * @returns What the handler returned, which Lambda ignores.
 */
export async function runStreamingHandler(
  handler: StreamingHandler,
  event: unknown,
  stream: ResponseStream,
  context: LambdaContext,
  onReturned: () => void,
): Promise<unknown> {
  // A stream that a broken pipeline destroys also rejects the handler, which reports the error.
  stream.on("error", () => undefined);
  let returned: unknown;
  try {
    const promise: unknown = handler(event, stream, context);
    if (typeof (promise as PromiseLike<unknown> | undefined)?.then !== "function") {
      throw new RuntimeError("Runtime.MalformedStreamingHandler", "Streaming does not support non-async handlers.");
    }
    returned = await promise;
  } catch (error) {
    // What was written before the error is still sent.
    if (!stream.writableEnded && !stream.destroyed) stream.end();
    onReturned();
    await closed(stream);
    throw error;
  }
  if (stream.writableEnded) onReturned();
  await closed(stream);
  if (!stream.writableFinished) {
    throw new RuntimeError("Runtime.InvalidStreamingOperation", "Response stream is not finished.");
  }
  return returned;
}

function closed(stream: ResponseStream): Promise<void> {
  return new Promise((resolve) => {
    finished(stream, () => resolve());
  });
}
