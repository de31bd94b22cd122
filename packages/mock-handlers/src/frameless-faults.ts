import type { FunctionDefinition, FunctionFaults, FunctionOptions } from "@eventstream-kit/lambda-emulator";
import type { Fault } from "@eventstream-kit/service";
import { MockHandlersError } from "./errors.ts";

type Faults = readonly (Fault | string)[];

/**
 * The definition of a function that nobody calls but its URL. A function's faults at a frame leave its URL alone, so here they
 * would never happen, and a test that asked for one must not pass without it.
 *
 * @throws MockHandlersError `function_url` for such a fault; for one that is chosen at a call, then.
 */
export function frameless(definition: FunctionDefinition): FunctionDefinition {
  const { faults } = hasFaults(definition) ? definition : {};
  if (typeof faults !== "function") {
    refuseFrames(faults ?? []);
    return definition;
  }
  const choose: FunctionFaults = (call) => {
    const chosen = faults(call) ?? [];
    refuseFrames(chosen);
    return chosen;
  };
  return { ...(definition as FunctionOptions), faults: choose };
}

function hasFaults(definition: FunctionDefinition): definition is FunctionOptions {
  return typeof definition === "object" && definition !== null && "handler" in definition && "faults" in definition;
}

function refuseFrames(faults: Faults): void {
  if (!Array.isArray(faults)) return; // The emulator says what is wrong with it.
  const fault = (faults as Faults).find((one) =>
    typeof one === "string" ? /^(?:[a-z]+@frame:|omit-complete$)/.test(one) : countsFrames(one),
  );
  if (fault === undefined) return;
  throw new MockHandlersError(
    "function_url",
    `functionUrlHandlers was given the fault ${typeof fault === "string" ? fault : JSON.stringify(fault)}, but the answer of a function URL has no frames; expected one without, or at a byte, such as reset@byte:300`,
  );
}

/** False for what is no fault, which the emulator refuses. */
function countsFrames(fault: Fault): boolean {
  const { kind, at, frame } = Object(fault) as {
    readonly kind?: unknown;
    readonly at?: unknown;
    readonly frame?: unknown;
  };
  if (at !== undefined) return "frame" in Object(at);
  return frame !== undefined || kind === "omit-complete";
}
