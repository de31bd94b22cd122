import { checkFault } from "./check-fault.ts";
import { ServiceError } from "./errors.ts";
import type { Fault } from "./fault.ts";

/** What {@link randomFault} may choose from. */
export interface RandomFaultOptions {
  /** How many frames the stream has, so that the fault is reached: 1 or more. */
  readonly frames: number;
  /** Default: every kind that changes bytes, chunks or the end. Not `status`, `stall` and `bandwidth`. */
  readonly kinds?: readonly Fault["kind"][];
}

type Make = (frame: number, below: (limit: number) => number) => Fault;

const parts = ["prelude-crc", "message-crc", "header-len"] as const;

const makers: { readonly [kind in Fault["kind"]]: Make } = {
  status: (_, below) => ({ kind: "status", status: [429, 500, 502, 503, 504][below(5)]! }),
  reset: (frame) => ({ kind: "reset", at: { frame } }),
  eof: (frame) => ({ kind: "eof", at: { frame } }),
  stall: (frame, below) => ({ kind: "stall", at: { frame }, ms: 1 + below(1000) }),
  // No frame is shorter than 16 bytes.
  truncate: (frame, below) => ({ kind: "truncate", frame, bytes: 1 + below(15) }),
  // Not the payload, which may be empty.
  corrupt: (frame, below) => ({ kind: "corrupt", frame, part: parts[below(3)]! }),
  drop: (frame) => ({ kind: "drop", frame }),
  dup: (frame) => ({ kind: "dup", frame }),
  exception: (frame) => ({ kind: "exception", frame, name: "ThrottlingException" }),
  error: (frame) => ({ kind: "error", frame, name: "InternalFailure" }),
  "omit-complete": () => ({ kind: "omit-complete" }),
  rechunk: (_, below) => ({ kind: "rechunk", bytes: 1 + below(64) }),
  merge: () => ({ kind: "merge" }),
  bandwidth: (_, below) => ({ kind: "bandwidth", bytesPerSecond: 100 * (1 + below(100)) }),
};

const timely = new Set<Fault["kind"]>(["status", "stall", "bandwidth"]);
const defaultKinds = (Object.keys(makers) as Fault["kind"][]).filter((kind) => !timely.has(kind));

/**
 * A fault chosen by a number: the same number gives the same fault, so a test can try a thousand of them and name the
 * one that it failed on. Every fault it gives is reached in a stream of so many frames.
 *
 * @param seed any whole number.
 * @throws ServiceError `fault_range`
 */
export function randomFault(seed: number, { frames, kinds = defaultKinds }: RandomFaultOptions): Fault {
  if (!Number.isSafeInteger(seed)) throw range("the seed", seed, "a whole number");
  if (!Number.isSafeInteger(frames) || frames < 1) throw range("the number of frames", frames, "a whole number from 1");
  const unknown = kinds.find((kind) => !Object.hasOwn(makers, kind));
  if (unknown !== undefined || kinds.length === 0) {
    throw range("the kinds", kinds.join(", ") || "[]", `some of ${Object.keys(makers).join(", ")}`);
  }
  const random = sequence(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const make = makers[kinds[below(kinds.length)]!];
  return checkFault(make(1 + below(frames), below));
}

function range(what: string, found: unknown, expected: string): ServiceError {
  return new ServiceError("fault_range", `A random fault has ${what} ${String(found)}; expected ${expected}`);
}

/** Numbers from 0 up to 1 by a seed: the generator "mulberry32", whose 32 bits are plenty for choosing. */
function sequence(seed: number): () => number {
  // Both halves count: seeds may be times of day.
  let state = (seed ^ Math.trunc(seed / 2 ** 32)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
