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

/** A handler whose types are those of another package, such as `StreamifyHandler` of `@types/aws-lambda`. */
// oxlint-disable-next-line typescript/no-explicit-any -- stream and context are what they say there
type ForeignHandler = (event: any, responseStream: any, context: any) => Promise<unknown>;

/** Marks a handler as streaming, exactly as Lambda's runtime does. */
export function streamifyResponse<H extends StreamingHandler>(handler: H, options?: { highWaterMark?: number }): H;
export function streamifyResponse<H extends ForeignHandler>(handler: H, options?: { highWaterMark?: number }): H;
export function streamifyResponse<H extends ForeignHandler>(handler: H, options?: { highWaterMark?: number }): H {
  const marked = handler as Marked;
  marked[streamingMark] = "response";
  if (options?.highWaterMark !== undefined) marked[highWaterMark] = options.highWaterMark;
  return handler;
}

/** An error that nobody caught: in Lambda it ends the runtime's process. `cause` is the error. */
export class UncaughtError extends Error {
  override readonly name = "UncaughtError";
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
 * Rejects with an {@link UncaughtError} when the stream has an error that the handler does not listen to.
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
  const uncaught = new Promise<never>((_resolve, reject) => {
    stream.on("error", (cause) => {
      // A pipeline listens to its last stream, and rejects the handler.
      if (stream.listenerCount("error") > 1) return;
      reject(new UncaughtError("The response stream has an error that nobody listens to", { cause }));
    });
  });
  uncaught.catch(() => undefined); // The handler may have an answer already.
  const ended = new Promise<void>((resolve) => {
    stream.once("close", resolve);
  });
  let returned: unknown;
  try {
    const promise: unknown = handler(event, stream, context);
    if (typeof (promise as PromiseLike<unknown> | undefined)?.then !== "function") {
      throw new RuntimeError("Runtime.MalformedStreamingHandler", "Streaming does not support non-async handlers.");
    }
    returned = await Promise.race([promise, uncaught]);
  } catch (error) {
    if (error instanceof UncaughtError) throw error;
    // What was written before the error is still sent.
    if (!stream.writableEnded && !stream.destroyed) stream.end();
    onReturned();
    await ended;
    throw error;
  }
  if (stream.writableEnded) onReturned();
  await Promise.race([ended, uncaught]);
  if (!stream.writableFinished) {
    throw new RuntimeError("Runtime.InvalidStreamingOperation", "Response stream is not finished.");
  }
  return returned;
}
