import { applyFaults, headerValue, parseFault } from "@eventstream-kit/service";
import type { Body, Fault, Reply, ServiceRequest, Step } from "@eventstream-kit/service";
import { LambdaEmulatorError } from "./errors.ts";
import type { InvocationInput } from "./invocation.ts";

/** One call of a function, as a choice of faults sees it. */
export interface FaultCall {
  readonly requestId: string;
  readonly functionName: string;
  /** The version that is to run: `$LATEST` or digits. */
  readonly version: string;
  /** The parsed payload. */
  readonly event: unknown;
  /** Which attempt of its client this is, by the client's own `amz-sdk-request` header: 1 for the first. */
  readonly attempt: number;
}

/**
 * Faults in the vocabulary of `@eventstream-kit/service`, as text (`"reset@frame:2"`) or data, or a choice of them for
 * each call. They apply in order to what the function's callers are answered:
 *
 * - faults at a frame, and `omit-complete`, to `InvokeWithResponseStream`, which alone answers in frames;
 * - all others also to `Invoke` and to the function's URLs. With `status:503` the function does not run.
 */
export type FunctionFaults =
  | readonly (Fault | string)[]
  | ((call: FaultCall) => readonly (Fault | string)[] | undefined);

/**
 * Checks the faults of a function's definition. What a choice chooses is checked at each call.
 *
 * @throws {LambdaEmulatorError} `invalid_function`
 */
export function checkedFaults(name: string, faults: FunctionFaults): FunctionFaults {
  return typeof faults === "function" ? faults : read(name, faults);
}

/**
 * The faults of one call.
 *
 * @throws {LambdaEmulatorError} `invalid_function` when a choice chose what is no fault
 */
export function faultsOfCall(
  faults: FunctionFaults | undefined,
  request: ServiceRequest,
  { requestId, functionName, version, event }: InvocationInput,
): readonly Fault[] {
  if (typeof faults !== "function") return (faults ?? []) as readonly Fault[];
  const attempt = Number(/\battempt=(\d+)/.exec(headerValue(request.headers, "amz-sdk-request") ?? "")?.[1] ?? 1);
  return read(functionName, faults({ requestId, functionName, version, event, attempt }) ?? []);
}

function read(name: string, faults: readonly (Fault | string)[]): readonly Fault[] {
  try {
    // Checks them all, and has nothing to do.
    applyFaults({ status: 200, headers: [], body: [] }, faults);
    return faults.map((fault) => (typeof fault === "string" ? parseFault(fault) : fault));
  } catch (cause) {
    throw new LambdaEmulatorError(
      "invalid_function",
      `Reading the faults of the function ${JSON.stringify(name)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** The reply with those of the faults that it can have. */
export function withFaults(reply: Reply, faults: readonly Fault[]): Reply {
  if (faults.length === 0) return reply;
  const framed = headerValue(reply.headers, "content-type") === "application/vnd.amazon.eventstream";
  const fitting = framed ? faults : faults.filter((fault) => !countsFrames(fault));
  if (fitting.length === 0) return reply;
  const source = stepsOf(reply.body);
  const faulty = applyFaults({ ...reply, body: { [Symbol.asyncIterator]: () => source } }, fitting);
  const steps = stepsOf(faulty.body);
  // A generator that never began does not run its clean-up, so whoever leaves is told to the function's own body too.
  const leave = async () => {
    await source.return?.();
    return (await steps.return?.()) ?? { done: true as const, value: undefined };
  };
  return { ...faulty, body: { [Symbol.asyncIterator]: () => ({ next: () => steps.next(), return: leave }) } };
}

function stepsOf(body: Body): AsyncIterator<Step> {
  if (Symbol.asyncIterator in body) return body[Symbol.asyncIterator]();
  const steps = body[Symbol.iterator]();
  return { next: async () => steps.next(), return: async () => steps.return?.() ?? { done: true, value: undefined } };
}

function countsFrames(fault: Fault): boolean {
  if ("at" in fault) return "frame" in fault.at;
  return "frame" in fault || fault.kind === "omit-complete";
}
