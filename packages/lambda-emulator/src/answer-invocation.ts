import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import type { EmulatorContext } from "./emulator-context.ts";
import { faultsOfCall, withFaults } from "./function-faults.ts";
import type { FunctionEntry } from "./functions.ts";
import type { InvocationInput, RunningInvocation } from "./invocation.ts";
import { ReplyDelivery } from "./reply-delivery.ts";
import type { Delivery } from "./reply-delivery.ts";

/**
 * Runs a function and answers its caller: whatever front (an invoke operation, a function URL) makes the answer, it passes
 * throttling before and the function's faults after.
 *
 * @throws {LambdaError} `TooManyRequestsException`
 */
export async function answerInvocation(
  context: EmulatorContext,
  request: ServiceRequest,
  entry: FunctionEntry,
  input: InvocationInput,
  answer: (running: RunningInvocation, delivered: Promise<Delivery>) => Promise<Reply>,
): Promise<Reply> {
  const faults = faultsOfCall(entry.faults, request, input);
  if (faults.some(({ kind }) => kind === "status")) {
    // A service that fails does so before it runs anything.
    return withFaults({ status: 200, headers: [["x-amzn-RequestId", input.requestId]], body: [] }, faults);
  }
  context.admit(entry);
  const delivery = new ReplyDelivery(request);
  const running = context.start(entry, input, delivery.settled);
  return delivery.watch(withFaults(await answer(running, delivery.settled), faults));
}
