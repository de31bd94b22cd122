import { CassetteError } from "@eventstream-kit/cassette";
import { expect } from "vitest";

/** The CassetteError that a call throws. Anything else fails the test. */
export function thrown(call: () => unknown): CassetteError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(CassetteError);
    return error as CassetteError;
  }
  throw new Error("The call threw nothing");
}

export async function rejected(promise: Promise<unknown>): Promise<CassetteError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(CassetteError);
  return outcome as CassetteError;
}
