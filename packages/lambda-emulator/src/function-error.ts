import type { Outcome } from "./invocation.ts";

/** An outcome that is not a success. */
export type Failure = Exclude<Outcome, { kind: "success" }>;

/** The message that the service gives to a timeout. */
export function timeoutMessage(seconds: number, requestId: string): string {
  return `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
}

/** The JSON that stands for a failed invocation: what the runtime reports, or what the sandbox says of a timeout. */
export function failureJson(failure: Failure, requestId: string): string {
  if (failure.kind === "timeout") {
    return JSON.stringify({
      errorType: "Sandbox.Timedout",
      errorMessage: timeoutMessage(failure.seconds, requestId),
    });
  }
  const { errorType, errorMessage, trace, json } = failure;
  return json ?? JSON.stringify({ errorType, errorMessage, trace });
}

/** The same of what a function threw, as Lambda's Node.js runtime logs it. */
export function loggedJson({ errorType, errorMessage, trace }: Extract<Outcome, { kind: "error" }>): string {
  return JSON.stringify({ errorType, errorMessage, stack: trace });
}

/**
 * True for a failure after which a streaming function has answered all the same: its runtime ended the response, so what
 * was written is the payload, and where a response cannot say more, nothing marks the error (as captured).
 */
export function hasAnswered(failure: { readonly kind: string; readonly crashed?: true }, streaming: boolean): boolean {
  return streaming && failure.kind === "error" && failure.crashed !== true;
}

/** What the sandbox says of a runtime that cannot go on. */
export function crashed(errorType: string, reason: string, requestId: string): Extract<Outcome, { kind: "error" }> {
  const errorMessage = `RequestId: ${requestId} Error: ${reason}`;
  const json = JSON.stringify({ errorType, errorMessage });
  return { kind: "error", errorType, errorMessage, trace: [], json, crashed: true };
}

/** What a function threw, as Lambda's Node.js runtime reports it. Whatever it is, this does not throw. */
export function thrown(error: unknown): Extract<Outcome, { kind: "error" }> {
  try {
    if (isErrorLike(error)) {
      const { name, message, stack } = error;
      return { kind: "error", errorType: name, errorMessage: message, trace: stack?.split("\n") ?? [] };
    }
    // Of an object that says nothing of itself this is "[object Object]", as in Lambda's runtime.
    return { kind: "error", errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    // A getter that throws, an object without a prototype: no text can be had.
    return { kind: "error", errorType: typeof error, errorMessage: typeof error, trace: [] };
  }
}

/** Looks at the shape: an error may come from another realm, such as a test runner's sandbox. */
function isErrorLike(value: unknown): value is { name: string; message: string; stack?: string } {
  if (typeof value !== "object" || value === null) return false;
  const { name, message, stack } = value as Record<string, unknown>;
  return typeof name === "string" && typeof message === "string" && (stack === undefined || typeof stack === "string");
}
