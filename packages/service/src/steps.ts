import { ServiceError } from "./errors.ts";
import type { Body, Parts, Reset, Step, Wait } from "./service.ts";

/** The longest wait in milliseconds, about 24.8 days: a timer's limit, beyond which it would fire at once. */
export const longestWait = 2_147_483_647;

/**
 * A step that waits.
 *
 * @param ms from 0 to {@link longestWait}; anything else throws `wait_range`.
 */
export function wait(ms: number): Wait {
  checkWait(ms);
  return { kind: "wait", ms };
}

/** A step that breaks the connection. */
export function reset(): Reset {
  return { kind: "reset" };
}

export function checkWait(ms: number): void {
  if (!(ms >= 0 && ms <= longestWait)) {
    throw new ServiceError("wait_range", `A wait is ${String(ms)} ms; expected 0 to ${String(longestWait)}`);
  }
}

/** Told by the list: to ask whether something is bytes takes three times as long for what is not. */
export function isParts(step: unknown): step is Parts {
  return Array.isArray(step);
}

export function lengthOf(bytes: Uint8Array | Parts): number {
  if (!isParts(bytes)) return bytes.byteLength;
  let length = 0;
  for (const part of bytes) length += part.byteLength;
  return length;
}

/** A body's iterator, whichever of the two kinds it is. */
export function iterate(body: Body): AsyncIterator<Step> | Iterator<Step> {
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body || Symbol.iterator in body)) {
    throw new ServiceError(
      "reply_step",
      `A reply's body is ${describe(body)}; expected an iterable of steps, such as [bytes]`,
    );
  }
  return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
}

/** What something is that should have been something else, for an error's text. */
export function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    return "kind" in value ? `a step of kind ${JSON.stringify(value.kind)}` : "an object of another kind";
  }
  return typeof value === "string" ? "a string" : String(value);
}

/** Lets a body that nobody will read clean up. Its own trouble in doing so is nobody's. */
export async function release(body: Body): Promise<void> {
  try {
    await iterate(body).return?.();
  } catch {
    // The reply is answered without this body: an error from its clean-up has nowhere to go.
  }
}
