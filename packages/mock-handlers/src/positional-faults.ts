import type { Body, Fault, Reply, Step } from "@eventstream-kit/service";
import { applyFaults, isBytes } from "@eventstream-kit/service";
import { MockHandlersError } from "./errors.ts";

type Items = AsyncGenerator<Step | Fault, void>;

/** What faults need to know of the reply: whether its body is frames. */
export type Head = Pick<Reply, "status" | "headers">;

/**
 * Steps among which there may be faults, as a body. A fault counts from where it stands: what comes after it is a
 * body of its own for the fault, whose frame 1 is the next event. Neighbouring faults apply in order.
 *
 * @throws MockHandlersError `item_shape` for a `status` fault, at once when the steps are a list.
 */
export function withFaults(steps: readonly (Step | Fault)[] | Items, head: Head): Body {
  if (Symbol.asyncIterator in steps) return withoutFaults(steps, head);
  return steps.filter(isFault).map(positional).length === 0
    ? (steps as readonly Step[])
    : withoutFaults(oneByOne(steps), head);
}

async function* oneByOne(steps: readonly (Step | Fault)[]): Items {
  yield* steps;
}

async function* withoutFaults(items: Items, head: Head): AsyncGenerator<Step, void> {
  const faults: Fault[] = [];
  for await (const item of items) {
    if (isFault(item)) {
      faults.push(positional(item));
    } else if (faults.length === 0) {
      yield item;
    } else {
      // The rest goes on with the same generator; leaving the loop closes it, however far the faults let it come.
      yield* applyFaults({ ...head, body: preceded(item, withoutFaults(items, head)) }, faults).body;
      return;
    }
  }
  if (faults.length > 0) yield* applyFaults({ ...head, body: [] }, faults).body;
}

async function* preceded(first: Step, rest: AsyncGenerator<Step, void>): AsyncGenerator<Step, void> {
  yield first;
  yield* rest;
}

/** `reset()` is a step, `fault("reset")` a fault at a place. */
function isFault(item: Step | Fault): item is Fault {
  return !isBytes(item) && item.kind !== "wait" && (item.kind !== "reset" || "at" in item);
}

function positional(fault: Fault): Fault {
  if (fault.kind !== "status") return fault;
  throw new MockHandlersError(
    "item_shape",
    `An item of an event stream is the fault status:${String(fault.status)}; expected it in init.faults, because the head is out before any item`,
  );
}
