import type { Fault, Reply, ServiceRequest } from "@eventstream-kit/service";
import type { EmulatorContext } from "./emulator-context.ts";
import { faultsOfCall, withFaults } from "./function-faults.ts";
import type { FunctionEntry } from "./functions.ts";
import { injectedError } from "./injected-error.ts";
import type { InvocationInput, RunningInvocation } from "./invocation.ts";
import type { Moment } from "./moment.ts";
import { ReplyDelivery } from "./reply-delivery.ts";
import type { Delivery } from "./reply-delivery.ts";

/**
 * Runs a function and answers its caller: whatever front (an invoke operation, a function URL) makes the answer, it passes
 * throttling before and the function's faults after.
 *
 * @throws {LambdaError} `TooManyRequestsException`
 */
export function answerInvocation(
  context: EmulatorContext,
  request: ServiceRequest,
  entry: FunctionEntry,
  input: InvocationInput,
  answer: (running: RunningInvocation, delivered: Moment<Delivery>) => Promise<Reply>,
): Promise<Reply> {
  const faults = faultsOfCall(entry.faults, request, input);
  const failing = faults.findLastIndex(({ kind }) => kind === "status");
  if (failing !== -1) {
    // A service that fails does so before it runs anything.
    const headers: Reply["headers"] = [["x-amzn-RequestId", input.requestId]];
    const failure = faults[failing] as Extract<Fault, { kind: "status" }>;
    if (failure.name === undefined) return Promise.resolve(withFaults({ status: 200, headers, body: [] }, faults));
    const error = injectedError(failure, context.limits.retryAfterSeconds).toReply(input.requestId);
    return Promise.resolve(withFaults(error, faults.slice(failing + 1)));
  }
  context.admit(entry);
  const delivery = new ReplyDelivery(request);
  const running = context.start(entry, input, delivery.settled);
  return answer(running, delivery.settled).then((reply) => delivery.watch(withFaults(reply, faults)));
}
