import { ServiceError } from "./errors.ts";
import type { Reply } from "./service.ts";

/** Throws `reply_status` unless the status can be a final one. */
export function checkStatus(reply: Reply): void {
  if (!Number.isInteger(reply.status) || reply.status < 200 || reply.status > 599) {
    throw new ServiceError(
      "reply_status",
      `A reply has the status ${String(reply.status)}; expected an integer from 200 to 599`,
    );
  }
}

/** Statuses whose responses never have a body (RFC 9110, 15.3.5, 15.3.6, 15.4.5). */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
