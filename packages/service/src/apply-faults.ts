import { atByte, bandwidth, merge, rechunk } from "./chunk-faults.ts";
import { checkFault } from "./check-fault.ts";
import { ServiceError } from "./errors.ts";
import type { Fault, Place } from "./fault.ts";
import { formatFault } from "./format-fault.ts";
import {
  atBoundary,
  corruptFrame,
  drop,
  duplicate,
  messageOf,
  omitComplete,
  ownStep,
  truncate,
} from "./frame-faults.ts";
import { putTogether, takeApart } from "./frame-parts.ts";
import type { Part } from "./frame-parts.ts";
import { headerValue } from "./header-value.ts";
import { isBytes } from "./is-bytes.ts";
import { parseFault } from "./parse-fault.ts";
import type { Body, HeaderLine, Reply, Reset, Step, Wait } from "./service.ts";
import { shown } from "./shown.ts";
import { release } from "./steps.ts";

export interface ApplyFaultsOptions {
  /**
   * Told with a `fault_unreached` error when the body ends before the place a fault names. Default: the body
   * throws that error, because a test that asked for a fault and did not get it must not pass.
   */
  readonly onUnreached?: (error: ServiceError) => void;
}

/**
 * The reply with faults in it: in order, each applied to what the one before has left. Nothing is random: equal input
 * gives equal steps.
 *
 * Steps keep their boundaries except where a fault cuts. Faults at a frame need a successful event stream: an error
 * reply passes as it is, and in any other body they are not reached. A `content-length` line goes when the length may change.
 *
 * @param faults as data or in text form, see {@link Fault}.
 * @throws ServiceError `fault_syntax` or `fault_range`, before anything is read.
 */
export function applyFaults(
  reply: Reply,
  faults: readonly (Fault | string)[],
  options: ApplyFaultsOptions = {},
): Reply {
  if (!Array.isArray(faults)) {
    throw new ServiceError(
      "fault_syntax",
      `Could not read the faults ${shown(faults)}; expected a list, like ["reset@frame:2"]`,
    );
  }
  const checked = (faults as readonly (Fault | string)[]).map((fault) =>
    typeof fault === "string" ? parseFault(fault) : checkFault(fault),
  );
  return checked.reduce((faulty, fault) => applyFault(faulty, fault, options), reply);
}

/** The faults that happen somewhere in a body, and may not be reached. */
type PlacedFault = Exclude<Fault, { kind: "status" | "rechunk" | "merge" | "bandwidth" }>;

function applyFault(reply: Reply, fault: Fault, options: ApplyFaultsOptions): Reply {
  if (fault.kind === "status") {
    void release(reply.body);
    return statusReply(reply, fault);
  }
  if (fault.kind === "rechunk") return { ...reply, body: repeatable(() => rechunk(reply.body, fault.bytes)) };
  if (fault.kind === "merge") return { ...reply, body: repeatable(() => merge(reply.body)) };
  if (fault.kind === "bandwidth") {
    return { ...reply, body: repeatable(() => bandwidth(reply.body, fault.bytesPerSecond)) };
  }
  return placedFault(reply, fault, options);
}

function placedFault(reply: Reply, fault: PlacedFault, options: ApplyFaultsOptions): Reply {
  const byFrame = !("at" in fault && "byte" in fault.at);
  if (byFrame && reply.status >= 300) return reply;
  const headers = keepsLength(fault)
    ? reply.headers
    : reply.headers.filter(([name]) => name.toLowerCase() !== "content-length");
  const frames = /^application\/vnd\.amazon\.eventstream\b/i.test(headerValue(headers, "content-type") ?? "");
  const faulty = { ...reply, headers, body: repeatable(() => faultySteps(reply.body, fault, frames, options)) };
  // They say something of the whole body, such as its sum or its number of tokens, and are known at its end.
  if (endsEarly(fault)) delete faulty.trailers;
  return faulty;
}

function endsEarly({ kind }: PlacedFault): boolean {
  return kind === "eof" || kind === "truncate" || kind === "exception" || kind === "error";
}

/** An iterable, not an iterator: a body that can be read twice still can. */
function repeatable(start: () => AsyncIterator<Step>): AsyncIterable<Step> {
  return { [Symbol.asyncIterator]: start };
}

async function* faultySteps(
  body: Body,
  fault: PlacedFault,
  frames: boolean,
  options: ApplyFaultsOptions,
): AsyncGenerator<Step, void, undefined> {
  let reached = false;
  let bytes = 0;
  let count = 0;
  async function* counted(): AsyncGenerator<Step, void, undefined> {
    for await (const step of body) {
      if (isBytes(step)) bytes += step.byteLength;
      yield step;
    }
  }
  async function* parts(): AsyncGenerator<Part, void, undefined> {
    for await (const part of takeApart(counted())) {
      if (part.kind === "boundary") count = part.next - 1;
      yield part;
    }
  }

  if ("at" in fault && "byte" in fault.at) {
    reached = yield* atByte(counted(), fault.at.byte, happening(fault), fault.kind !== "stall");
  } else if (frames) {
    yield* putTogether(
      (async function* () {
        reached = yield* faultyParts(parts(), fault);
      })(),
    );
  } else {
    yield* counted();
  }
  if (reached) return;

  const found = frames
    ? `${String(count)} frames, ${String(bytes)} bytes`
    : `${String(bytes)} bytes, and is no event stream`;
  const error = new ServiceError(
    "fault_unreached",
    `The fault ${formatFault(fault)} did not happen: the body has ${found}`,
  );
  if (!options.onUnreached) throw error;
  options.onUnreached(error);
}

function faultyParts(parts: AsyncIterable<Part>, fault: PlacedFault): AsyncGenerator<Part, boolean, undefined> {
  switch (fault.kind) {
    case "reset":
    case "eof":
    case "stall":
      return atBoundary(parts, frameOf(fault.at), happening(fault), fault.kind !== "stall");
    case "exception":
    case "error":
      return atBoundary(parts, fault.frame, ownStep(messageOf(fault)), true);
    case "truncate":
      return truncate(parts, fault);
    case "drop":
      return drop(parts, fault.frame);
    case "dup":
      return duplicate(parts, fault.frame);
    case "corrupt":
      return corruptFrame(parts, fault);
    case "omit-complete":
      break;
  }
  return omitComplete(parts);
}

/** What a fault at a place puts there. Nothing, for a clean end. */
function happening(fault: Extract<Fault, { at: Place }>): readonly (Wait | Reset)[] {
  switch (fault.kind) {
    case "reset":
      return [{ kind: "reset" }];
    case "stall":
      return [{ kind: "wait", ms: fault.ms }];
    case "eof":
      break;
  }
  return [];
}

function frameOf(place: Place): number {
  return "frame" in place ? place.frame : 1;
}

function keepsLength(fault: PlacedFault): boolean {
  return fault.kind === "reset" || fault.kind === "stall" || fault.kind === "corrupt";
}

/** An error as AWS services send one. Without a type, clients go by the status. The request id stays. */
function statusReply(reply: Reply, { status, name, message }: Extract<Fault, { kind: "status" }>): Reply {
  const text = message ?? `Injected by the fault status:${String(status)}`;
  const body = new TextEncoder().encode(JSON.stringify({ message: text }));
  const type: readonly HeaderLine[] = name === undefined ? [] : [["x-amzn-ErrorType", name]];
  return {
    status,
    headers: [
      ["Content-Type", "application/json"],
      ["Content-Length", String(body.byteLength)],
      ...reply.headers.filter(([line]) => line.toLowerCase() === "x-amzn-requestid"),
      ...type,
    ],
    body: [body],
  };
}
