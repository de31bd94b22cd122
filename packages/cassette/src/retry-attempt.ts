import type { HeaderLine } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";

/** `amz-sdk-request: attempt=2; max=3`: a retry is an exchange of its own, and says so. Undefined for the first. */
export function retryAttempt(headers: readonly HeaderLine[]): number | undefined {
  const [, attempt] = /\battempt=(\d{1,3})\b/.exec(headerValue(headers, "amz-sdk-request") ?? "") ?? [];
  return attempt === undefined || attempt === "1" ? undefined : Number(attempt);
}
