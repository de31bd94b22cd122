import type { HeaderLine, Reply } from "@eventstream-kit/service";
import { jsonReply } from "./json-reply.ts";

/** What an error answer of Lambda is made of. */
export interface LambdaErrorInit {
  readonly status: number;
  /** Name without a namespace, for `x-amzn-ErrorType`. */
  readonly type: string;
  /** `null` is what an unknown function URL says. */
  readonly message: string | null;
  /** How the message member is spelled. The service model is not uniform: see the factories below. */
  readonly messageKey: "Message" | "message";
  /** Body members before the message, in order. Default: `Type`, `User` below 500 and `Service` from there. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Further header lines, such as `Retry-After`. */
  readonly headers?: readonly HeaderLine[];
}

/** A refusal on its way to the caller: thrown by operations, turned into a reply by `createLambda`. */
export class LambdaError extends Error {
  override readonly name = "LambdaError";
  readonly init: LambdaErrorInit;

  constructor(init: LambdaErrorInit) {
    super(init.message ?? init.type);
    this.init = init;
  }

  /** The answer on the wire, as captures of the service show it. */
  toReply(requestId: string): Reply {
    const { status, type, message, messageKey, headers = [] } = this.init;
    const members = this.init.members ?? { Type: status < 500 ? "User" : "Service" };
    return jsonReply(status, { ...members, [messageKey]: message }, requestId, [
      ["x-amzn-ErrorType", type],
      ...headers,
    ]);
  }
}

/** 400. Not in the service model, but what the service sends for a violated shape. Its body is the message alone. */
export function validationException(message: string): LambdaError {
  return new LambdaError({ status: 400, type: "ValidationException", message, messageKey: "message", members: {} });
}

/** 400. A well-formed parameter whose value cannot be used. */
export function invalidParameterValue(message: string): LambdaError {
  return new LambdaError({ status: 400, type: "InvalidParameterValueException", message, messageKey: "message" });
}

/** 400. A payload or client context that is not what the function could be given. */
export function invalidRequestContent(message: string): LambdaError {
  return new LambdaError({ status: 400, type: "InvalidRequestContentException", message, messageKey: "message" });
}

/** 403. Not in the service model, but what the service sends. Its body is the message alone. */
export function accessDenied(message: string | null): LambdaError {
  return new LambdaError({ status: 403, type: "AccessDeniedException", message, messageKey: "Message", members: {} });
}

/** 404. */
export function resourceNotFound(message: string): LambdaError {
  return new LambdaError({ status: 404, type: "ResourceNotFoundException", message, messageKey: "Message" });
}

/** 409. */
export function resourceConflict(message: string): LambdaError {
  return new LambdaError({ status: 409, type: "ResourceConflictException", message, messageKey: "message" });
}

/** Why the service has no room for an invocation: the value of `Reason`. */
export type ThrottleReason =
  | "ConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded"
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "ReservedFunctionInvocationRateLimitExceeded"
  | "CallerRateLimitExceeded"
  | "ConcurrentSnapshotCreateLimitExceeded";

/** 429, to be tried again after so many seconds. */
export function tooManyRequests(reason: ThrottleReason, retryAfterSeconds: number): LambdaError {
  return new LambdaError({
    status: 429,
    type: "TooManyRequestsException",
    message: "Rate Exceeded.",
    messageKey: "message",
    members: { Reason: reason, Type: "User" },
    headers: [["Retry-After", String(retryAfterSeconds)]],
  });
}

/**
 * What a function is invoked with, be it a payload or the body of a request for its URL.
 *
 * @throws {LambdaError} `RequestTooLargeException` (413)
 */
export function checkRequestSize({ length }: Uint8Array, limit: number): void {
  if (length <= limit) return;
  throw new LambdaError({
    status: 413,
    type: "RequestTooLargeException",
    message: `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
    messageKey: "message",
  });
}
