import type { HeaderLine, Reply } from "@eventstream-kit/service";
import { answerInvocation } from "./answer-invocation.ts";
import type { EmulatorContext, EmulatorPart, Operation } from "./emulator-context.ts";
import { failureJson, hasAnswered } from "./function-error.ts";
import type { RunningInvocation } from "./invocation.ts";
import { readInvokeRequest } from "./invoke-request.ts";
import { bytesReply, noContent } from "./json-reply.ts";
import { logTail } from "./log.ts";
import { Moment } from "./moment.ts";
import { readBuffered } from "./read-buffered.ts";
import type { Delivery } from "./reply-delivery.ts";

/** `Invoke`: the whole response at once. */
export function createInvoke(context: EmulatorContext): EmulatorPart {
  const path = /^\/2015-03-31\/functions\/([^/]*)\/invocations$/;
  return { routes: [{ method: "POST", path, operation: invoke(context) }] };
}

function invoke(context: EmulatorContext): Operation {
  const types = ["Event", "RequestResponse", "DryRun"] as const;
  return async (request, parameters) => {
    const { type, tail, traceId, entry, input } = readInvokeRequest(context, request, parameters, types, true);
    if (type === "DryRun") return noContent(input.requestId);
    const trace: HeaderLine = ["X-Amzn-Trace-Id", traceId];
    if (type === "Event") {
      context.admit(entry, true);
      // The service takes every event into its queue; what has no concurrency at all never leaves it. Nobody reads the response.
      const delivered = new Moment<Delivery>();
      delivered.come("complete");
      if (entry.concurrency !== 0) context.start(entry, input, delivered).chunks.leave();
      return bytesReply(202, new Uint8Array(), input.requestId, [trace]);
    }
    const limit = context.limits.bufferedResponseBytes;
    return answerInvocation(context, request, entry, input, (running) => answer(running, tail, trace, limit));
  };
}

async function answer(running: RunningInvocation, tail: boolean, trace: HeaderLine, limit: number): Promise<Reply> {
  const { streaming, payload, failure } = await readBuffered(running, limit);
  const answered = failure === undefined || hasAnswered(failure, streaming);
  const headers: HeaderLine[] = [
    ...(answered ? [] : [["X-Amz-Function-Error", "Unhandled"] as const]),
    ...(tail ? [["X-Amz-Log-Result", logTail(running.log.toString())] as const] : []),
    ["x-amzn-Remapped-Content-Length", "0"],
    ["X-Amz-Executed-Version", running.version],
    trace,
  ];
  if (answered) {
    const contentType = streaming && payload.length > 0 ? "application/octet-stream" : "application/json";
    return bytesReply(200, payload, running.requestId, headers, contentType);
  }
  const json = failure.kind === "too_large" ? failure.json : failureJson(failure, running.requestId);
  return bytesReply(200, Buffer.from(json), running.requestId, headers);
}
