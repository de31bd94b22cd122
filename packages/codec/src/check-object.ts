import { describe } from "./bytes.ts";
import type { ArgumentErrorCode, EncodeErrorCode } from "./errors.ts";
import { EventStreamError } from "./errors.ts";

/** Refuses what has no members to read, before reading one throws a TypeError or quietly gives a default. */
export function checkObject(
  value: unknown,
  doing: string,
  expected: string,
  code: ArgumentErrorCode | EncodeErrorCode,
): void {
  if (typeof value === "object" && value !== null) return;
  throw new EventStreamError(code, `${doing}: found ${describe(value)}, expected ${expected}`);
}

/** For the last argument of a public function. */
export function checkOptions(options: unknown): void {
  checkObject(options, "Reading the options", "an object", "invalid_argument");
}

export function badOption(name: string, value: unknown, expected: string): EventStreamError {
  const problem = `Reading the options: ${name} is ${describe(value)}, expected ${expected}`;
  return new EventStreamError("invalid_argument", problem);
}

/** Whether a `for` loop takes it. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === "function";
}
