import type { Reply } from "@eventstream-kit/service";
import { answerInvocation } from "./answer-invocation.ts";
import type { EmulatorContext, EmulatorPart, Operation } from "./emulator-context.ts";
import type { ResponseHead, RunningInvocation } from "./invocation.ts";
import { readInvokeRequest } from "./invoke-request.ts";
import type { InvocationType } from "./invoke-request.ts";
import { noContent } from "./json-reply.ts";
import { StreamSteps } from "./stream-steps.ts";

/** `InvokeWithResponseStream`, new on 2023-04-07. */
export function createInvokeWithResponseStream(context: EmulatorContext): EmulatorPart {
  const path = /^\/2021-11-15\/functions\/([^/]*)\/response-streaming-invocations$/;
  return { routes: [{ method: "POST", path, operation: invokeWithResponseStream(context) }] };
}

function invokeWithResponseStream(context: EmulatorContext): Operation {
  const { switches } = context;
  const types: readonly InvocationType[] =
    switches.streamEventType === "observed" ? ["RequestResponse", "DryRun", "Event"] : ["RequestResponse", "DryRun"];
  return (request, parameters) => {
    const { type, tail, traceId, entry, input } = readInvokeRequest(context, request, parameters, types);
    if (type === "DryRun" && switches.streamDryRun === "modelled") return Promise.resolve(noContent(input.requestId));

    return answerInvocation(context, request, entry, input, (running, delivered) => {
      // Before the function is waited for: its caller may go away by then.
      const body = new StreamSteps(running, context, { delivered, tail });
      return new Promise((resolve) => {
        running.head.when((head) => resolve(streamReply(running, head, traceId, body)));
      });
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
