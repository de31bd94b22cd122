import type { Fault } from "@eventstream-kit/service";
import { LambdaError, accessDenied, tooManyRequests, validationException } from "./lambda-error.ts";

/** Errors of the service model that have a `Message`. All others have a `message`. */
const upperCase =
  /^(?:EC2|EFS|ENI|InvalidRuntime|InvalidSecurityGroup|InvalidSubnet|InvalidZip|KMS|NoPublishedVersion|Recursive|ResourceNotFound|S3Files|Service|SnapStart|Subnet)/;

/** What the service would answer with, for a fault that names one of its errors. */
export function injectedError(
  {
    status,
    name: type = "",
    message = `Injected by the fault status:${String(status)}`,
  }: Extract<Fault, { kind: "status" }>,
  retryAfterSeconds: number,
): LambdaError {
  const messageKey = upperCase.test(type) ? "Message" : "message";
  const { init } = likeOf(type, retryAfterSeconds) ?? new LambdaError({ status, type, message, messageKey });
  return new LambdaError({ ...init, status, message });
}

/** Errors that are not like the others. */
function likeOf(type: string, retryAfterSeconds: number): LambdaError | undefined {
  switch (type) {
    case "AccessDeniedException":
      return accessDenied("");
    case "TooManyRequestsException":
      return tooManyRequests("CallerRateLimitExceeded", retryAfterSeconds);
    case "ValidationException":
      return validationException("");
    default:
      return undefined;
  }
}
