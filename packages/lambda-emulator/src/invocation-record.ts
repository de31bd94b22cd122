import { eventOf } from "./event-payload.ts";
import type { InvocationInput, Outcome, RunningInvocation } from "./invocation.ts";
import type { Delivery } from "./reply-delivery.ts";

/** One invocation, as a test looks at it afterwards. */
export interface InvocationRecord {
  readonly requestId: string;
  readonly functionName: string;
  /** The version that ran: `$LATEST` or digits. */
  readonly version: string;
  /** Ends in the alias or version when the caller named one. */
  readonly invokedFunctionArn: string;
  /** The event as it arrived, whatever the function did to it since. */
  readonly event: unknown;
  readonly clientContext?: unknown;
  readonly tenantId?: string;
  /** How the function ended; undefined while it runs. */
  readonly outcome: Outcome | undefined;
  /** Settles when the function has ended, also after its caller went away. Never rejects. */
  readonly ended: Promise<Outcome>;
  /**
   * What became of the answer, whatever the function did: `complete` when the transport has taken all of it,
   * `client_left` when the client went away before, `broken` when a fault broke it off; undefined until then. A client
   * that leaves is seen where the transport tells: not by msw 2, and never when it only stops reading.
   */
  readonly delivery: Delivery | undefined;
  /** Settles with `delivery`, which is never for an answer that nobody reads. Never rejects. */
  readonly delivered: Promise<Delivery>;
  /** The log so far. */
  log(): string;
}

const unread = Symbol("an event that nobody has looked at");

/** Keeps the records. */
export class InvocationRecorder {
  readonly #records: InvocationRecord[] = [];

  get records(): readonly InvocationRecord[] {
    return this.#records;
  }

  /** Records an invocation, then starts it. */
  add(input: InvocationInput, delivered: Promise<Delivery>, start: () => RunningInvocation): RunningInvocation {
    const { payload, traceId: _traceId, event: given, ...shown } = input;
    // What arrived: the function may change what it was given. Read again when somebody looks, which is seldom.
    let event = payload === undefined ? copyOf(given) : unread;
    const running = start();
    let outcome: Outcome | undefined;
    let delivery: Delivery | undefined;
    const ended = running.outcome.then((settled) => (outcome = settled));
    this.#records.push({
      ...shown,
      get event() {
        if (event === unread) event = eventOf(payload!);
        return event;
      },
      get outcome() {
        return outcome;
      },
      ended,
      get delivery() {
        return delivery;
      },
      delivered: delivered.then((settled) => (delivery = settled)),
      log: () => running.log(),
    });
    return running;
  }

  reset(): void {
    this.#records.length = 0;
  }
}

/** A copy, so that the record shows what arrived. An event nested too deeply to be copied is kept as it is. */
function copyOf(event: unknown): unknown {
  try {
    return structuredClone(event);
  } catch {
    return event;
  }
}
