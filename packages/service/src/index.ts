export { applyFaults } from "./apply-faults.ts";
export type { ApplyFaultsOptions } from "./apply-faults.ts";
export { BodyReader } from "./body-reader.ts";
export { realDelay } from "./delay.ts";
export { ServiceError } from "./errors.ts";
export type { ServiceErrorCode } from "./errors.ts";
export type { Fault, Place } from "./fault.ts";
export { firstOf } from "./first-of.ts";
export { formatFault } from "./format-fault.ts";
export { headerValue, headerValues } from "./header-value.ts";
export { parseFault, parseFault as fault } from "./parse-fault.ts";
export type {
  Body,
  Delay,
  HeaderLine,
  LendingSteps,
  Parts,
  Reply,
  Reset,
  Service,
  ServiceRequest,
  Step,
  Trailers,
  Wait,
} from "./service.ts";
export { randomFault } from "./random-fault.ts";
export type { RandomFaultOptions } from "./random-fault.ts";
export { isBytes } from "./is-bytes.ts";
export { hasNoBody } from "./reply-check.ts";
export { serviceRequestFrom } from "./service-request-from.ts";
export { shown } from "./shown.ts";
export { longestWait, reset, wait } from "./steps.ts";
export { toResponse } from "./to-response.ts";
export type { ToResponseOptions } from "./to-response.ts";
