import { describe } from "./bytes.ts";
import type { EncodeErrorCode } from "./errors.ts";
import { EventStreamError } from "./errors.ts";

/** What is wrong with a field of a message in JSON notation. */
export function badField(
  field: string,
  found: unknown,
  expected: string,
  cause?: unknown,
  code: EncodeErrorCode = "encode_type",
): EventStreamError {
  const problem = `Reading a message from JSON: ${field} is ${describe(found)}, expected ${expected}`;
  return new EventStreamError(code, problem, { field, cause });
}
