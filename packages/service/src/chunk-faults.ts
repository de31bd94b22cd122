import { concat } from "./frame-parts.ts";
import { isBytes } from "./is-bytes.ts";
import type { Body, Step } from "./service.ts";
import { longestWait } from "./steps.ts";

type Steps = AsyncGenerator<Step, void, undefined>;

/** `reset`, `eof` and `stall` at a byte. Ends with `false` when the body ended before it. */
export async function* atByte(
  body: Body,
  byte: number,
  happens: readonly Step[],
  ends: boolean,
): AsyncGenerator<Step, boolean, undefined> {
  let left = byte;
  let reached = false;
  if (left === 0) {
    reached = true;
    yield* happens;
    if (ends) return true;
  }
  for await (const step of body) {
    if (reached || !isBytes(step) || step.byteLength < left) {
      if (isBytes(step)) left -= step.byteLength;
      yield step;
      continue;
    }
    reached = true;
    yield step.subarray(0, left);
    yield* happens;
    if (ends) return true;
    if (left < step.byteLength) yield step.subarray(left);
  }
  return reached;
}

export async function* rechunk(body: Body, size: number): Steps {
  for await (const step of body) {
    if (isBytes(step)) {
      for (let at = 0; at < step.byteLength; at += size) yield step.subarray(at, at + size);
    } else {
      yield step;
    }
  }
}

/**
 * A slow link: each write waits for as long as its bytes take. Waits are whole milliseconds, and what is lost by rounding
 * one is made up for by a later one, so that n bytes never come before floor(1000 n / rate) ms.
 */
export async function* bandwidth(body: Body, bytesPerSecond: number): Steps {
  let sent = 0;
  let waited = 0;
  for await (const step of body) {
    if (isBytes(step)) {
      sent += step.byteLength;
      for (const due = Math.floor((sent / bytesPerSecond) * 1000); waited < due;) {
        const ms = Math.min(due - waited, longestWait);
        waited += ms;
        yield { kind: "wait", ms };
      }
    }
    yield step;
  }
}

export async function* merge(body: Body): Steps {
  const held: Uint8Array[] = [];
  try {
    for await (const step of body) {
      if (isBytes(step)) {
        held.push(step);
      } else {
        if (step.kind === "reset" && held.length > 0) yield concat(held.splice(0));
        yield step;
      }
    }
  } catch (error) {
    if (held.length > 0) yield concat(held);
    throw error;
  }
  if (held.length > 0) yield concat(held);
}
