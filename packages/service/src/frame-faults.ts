import { decodeMessage, encodeError, encodeException } from "@eventstream-kit/codec";
import { corrupt } from "./corrupt-frame.ts";
import type { Fault } from "./fault.ts";
import { concat } from "./frame-parts.ts";
import type { Part } from "./frame-parts.ts";

type FaultOf<Kind extends Fault["kind"]> = Extract<Fault, { kind: Kind }>;

/** A fault that names a place ends with `false` when the body ended before it. */
type Faulty = AsyncGenerator<Part, boolean, undefined>;
type Parts = AsyncIterable<Part>;

/** `reset`, `eof`, `stall`, `exception` and `error` at a frame: something happens at its boundary. */
export async function* atBoundary(parts: Parts, frame: number, happens: readonly Part[], ends: boolean): Faulty {
  let reached = false;
  for await (const part of parts) {
    yield part;
    if (part.kind === "boundary" && part.next === frame) {
      reached = true;
      yield* happens;
      if (ends) return true;
    }
  }
  return reached;
}

export async function* truncate(parts: Parts, fault: FaultOf<"truncate">): Faulty {
  for await (const part of parts) {
    if (part.kind === "boundary" && part.next === fault.frame && fault.bytes === 0) return true;
    if (part.kind === "bytes" && part.frame?.number === fault.frame) {
      const left = fault.bytes - part.offset;
      yield { ...part, bytes: part.bytes.subarray(0, left), last: false };
      if (part.bytes.byteLength >= left) return true;
    } else {
      yield part;
    }
  }
  return false;
}

export async function* drop(parts: Parts, frame: number): Faulty {
  let reached = false;
  for await (const part of parts) {
    if (part.kind === "bytes" && part.frame?.number === frame) reached = true;
    else yield part;
  }
  return reached;
}

export async function* duplicate(parts: Parts, frame: number): Faulty {
  const copy: Uint8Array[] = [];
  let reached = false;
  for await (const part of parts) {
    yield part;
    if (part.kind !== "bytes" || part.frame?.number !== frame) continue;
    copy.push(part.bytes);
    if (part.last) {
      reached = true;
      yield* ownStep(concat(copy));
    }
  }
  return reached;
}

export async function* corruptFrame(parts: Parts, fault: FaultOf<"corrupt">): Faulty {
  const change = corrupt(fault);
  let reached = false;
  for await (const part of parts) {
    if (part.kind === "bytes" && part.frame?.number === fault.frame) {
      const bytes = change(part.frame.prelude, part.offset, part.bytes);
      if (bytes !== part.bytes) reached = true;
      yield { ...part, bytes };
    } else {
      yield part;
    }
  }
  return reached;
}

/** Leaves out Lambda's `InvokeComplete`. A frame is held back until it is whole, for its headers to be read. */
export async function* omitComplete(parts: Parts): Faulty {
  let held: Part[] = [];
  try {
    for await (const part of parts) {
      held.push(part);
      if (part.kind === "bytes" && part.frame && !part.last) continue;
      if (part.kind === "bytes" && part.last) {
        const whole = concat(held.flatMap((piece) => (piece.kind === "bytes" ? [piece.bytes] : [])));
        if (isInvokeComplete(whole)) held = held.filter((piece) => piece.kind !== "bytes");
      } else if (held[0]?.kind === "bytes" && part.kind !== "reset" && part.kind !== "bytes") {
        continue; // Inside a frame: edges and waits keep their places in it.
      }
      const ready = held;
      held = [];
      yield* ready;
    }
  } catch (error) {
    yield* held;
    throw error;
  }
  yield* held;
  return true;
}

/** An exception or error message of AWS's shape. */
export function messageOf(fault: FaultOf<"exception" | "error">): Uint8Array {
  const message = fault.message ?? `Injected by a fault in place of frame ${String(fault.frame)}`;
  return fault.kind === "error"
    ? encodeError({ error: fault.name, message })
    : encodeException({ exception: fault.name, json: { message } });
}

/** Bytes as a write of their own, whatever came before. */
export function ownStep(bytes: Uint8Array): readonly Part[] {
  return [{ kind: "edge" }, { kind: "bytes", frame: undefined, offset: 0, bytes, last: false }, { kind: "edge" }];
}

function isInvokeComplete(frame: Uint8Array): boolean {
  try {
    return decodeMessage(frame).headers.get(":event-type")?.value === "InvokeComplete";
  } catch {
    return false; // A frame broken by an earlier fault is not for this one.
  }
}
