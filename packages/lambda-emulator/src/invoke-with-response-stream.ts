import { encodeEvent } from "@eventstream-kit/codec";
import type { Reply, Step } from "@eventstream-kit/service";
import { answerInvocation } from "./answer-invocation.ts";
import { paced } from "./bandwidth.ts";
import type { EmulatorContext, EmulatorPart, Operation } from "./emulator-context.ts";
import { failureJson, timeoutMessage } from "./function-error.ts";
import type { Failure } from "./function-error.ts";
import type { ResponseHead, RunningInvocation } from "./invocation.ts";
import { readInvokeRequest } from "./invoke-request.ts";
import type { InvocationType } from "./invoke-request.ts";
import { noContent } from "./json-reply.ts";
import { logTail } from "./log.ts";
import { readOnce } from "./read-once.ts";

/** Largest payload of one `PayloadChunk`; a larger write becomes several. Real Lambda cuts smaller (24 KiB on average). */
const chunkBytes = 1024 * 1024;

/** `InvokeComplete`, the last event of every stream. */
interface InvokeComplete {
  readonly ErrorCode?: string;
  readonly ErrorDetails?: string;
  readonly LogResult?: string;
}

/** `InvokeWithResponseStream`, new on 2023-04-07. */
export function createInvokeWithResponseStream(context: EmulatorContext): EmulatorPart {
  const path = /^\/2021-11-15\/functions\/([^/]*)\/response-streaming-invocations$/;
  return { routes: [{ method: "POST", path, operation: invokeWithResponseStream(context) }] };
}

function invokeWithResponseStream(context: EmulatorContext): Operation {
  const { switches } = context;
  const types: readonly InvocationType[] =
    switches.streamEventType === "observed" ? ["RequestResponse", "DryRun", "Event"] : ["RequestResponse", "DryRun"];
  return async (request, parameters) => {
    const { type, tail, traceId, entry, input } = readInvokeRequest(context, request, parameters, types);
    if (type === "DryRun" && switches.streamDryRun === "modelled") return noContent(input.requestId);

    return answerInvocation(context, request, entry, input, async (running) => {
      const body = readOnce(running, request.signal, (chunks) => frames(chunks, running, tail, context));
      const head = await running.head;
      return streamReply(running, head, traceId, body);
    });
  };
}

function streamReply(running: RunningInvocation, head: ResponseHead, trace: string, body: Reply["body"]): Reply {
  return {
    status: 200,
    headers: [
      ["Content-Type", "application/vnd.amazon.eventstream"],
      ["x-amzn-RequestId", running.requestId],
      ["X-Amz-Executed-Version", running.version],
      ["X-Amzn-Trace-Id", trace],
      ["x-amzn-Remapped-Content-Type", head.contentType],
    ],
    body,
  };
}

async function* frames(
  chunks: AsyncIterable<Uint8Array>,
  running: RunningInvocation,
  tail: boolean,
  context: EmulatorContext,
): AsyncGenerator<Step, void> {
  const limit = context.limits.responseStreamBytes;
  let sent = 0;
  const steps: AsyncIterable<Step> = context.switches.bandwidth === "observed" ? paced(chunks, context.now) : chunks;
  for await (const chunk of steps) {
    if (!(chunk instanceof Uint8Array)) {
      yield chunk;
      continue;
    }
    // A capture of a longer response got one byte more than the limit.
    const payload = chunk.subarray(0, limit + 1 - sent);
    sent += payload.length;
    yield* payloadFrames(payload);
    if (sent > limit) break;
  }

  const silent = context.switches.midStreamError === "observed";
  // A response that was cut has ended for its caller, however long the function goes on.
  if (sent > limit) {
    yield completeFrame({ ...(silent ? {} : tooLarge(limit)), ...(tail ? { LogResult: logTail(running.log()) } : {}) });
    return;
  }
  const outcome = await running.outcome;
  let error = {};
  if (outcome.kind !== "success") {
    const { streaming } = await running.head;
    if (!silent) error = errorMembers(outcome, running.requestId);
    // What the runtime posts to its error endpoint instead of a response becomes the response.
    else if (!streaming) yield* payloadFrames(Buffer.from(failureJson(outcome, running.requestId)));
  }
  yield completeFrame({ ...error, ...(tail ? { LogResult: logTail(running.log()) } : {}) });
}

function* payloadFrames(payload: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  do {
    yield encodeEvent({ event: "PayloadChunk", payload: payload.subarray(at, at + chunkBytes) });
    at += chunkBytes;
  } while (at < payload.length);
}

function completeFrame(complete: InvokeComplete): Uint8Array {
  return encodeEvent({ event: "InvokeComplete", json: complete });
}

/** `Unhandled` stands for an error without a name of its own, as client libraries expect it. */
function errorMembers(failure: Failure, requestId: string): InvokeComplete {
  if (failure.kind === "timeout") {
    return { ErrorCode: "Sandbox.Timeout", ErrorDetails: timeoutMessage(failure.seconds, requestId) };
  }
  const code = failure.errorType === "Error" ? "Unhandled" : failure.errorType;
  return { ErrorCode: code, ErrorDetails: failureJson(failure, requestId) };
}

function tooLarge(limit: number): InvokeComplete {
  return {
    ErrorCode: "Function.ResponseSizeTooLarge",
    ErrorDetails: `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
  };
}
