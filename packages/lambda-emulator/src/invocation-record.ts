import { eventOf, eventOfText } from "./event-payload.ts";
import type { InvocationInput, Outcome, RunningInvocation } from "./invocation.ts";
import type { Moment } from "./moment.ts";
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
  /** The log so far. Of a long one the last 1 MiB at least, and how much is missing. */
  log(): string;
}

/** Payloads of up to so many characters are read again at once: to define a property that does so later takes longer. */
export const shortPayload = 256;

const unread = Symbol("an event that nobody has looked at");

/**
 * There may be many thousands of these. So a record holds what is shown, not the run that it is of, and those of large payloads
 * have one getter, which gives them one hidden class: with getters of their own and the run they took 2.9 KB each instead of 1,
 * and an eighth of the processor time of a short call, in garbage collection.
 */
class Recorded implements InvocationRecord {
  /** An own property, as the others are: whoever compares or copies a record sees it. */
  static readonly #eventProperty: PropertyDescriptor & ThisType<Recorded> = {
    enumerable: true,
    get() {
      if (this.#event === unread) this.#event = eventOf(this.#payload!);
      return this.#event;
    },
  };
  readonly requestId: string;
  readonly functionName: string;
  readonly version: string;
  readonly invokedFunctionArn: string;
  declare event: unknown;
  declare readonly clientContext?: unknown;
  declare readonly tenantId?: string;
  outcome: Outcome | undefined;
  readonly ended: Promise<Outcome>;
  delivery: Delivery | undefined;
  readonly delivered: Promise<Delivery>;
  readonly log: () => string;
  readonly #payload: Uint8Array | undefined;
  #event: unknown;

  constructor(input: InvocationInput, event: unknown, running: RunningInvocation, delivered: Moment<Delivery>) {
    const { log, outcome } = running;
    this.requestId = input.requestId;
    this.functionName = input.functionName;
    this.version = input.version;
    this.invokedFunctionArn = input.invokedFunctionArn;
    if (input.clientContext !== undefined) this.clientContext = input.clientContext;
    if (input.tenantId !== undefined) this.tenantId = input.tenantId;
    this.ended = outcome.promise();
    this.delivered = delivered.promise();
    this.log = () => log.toString();
    this.#event = event;
    if (event === unread) {
      this.#payload = input.payload;
      Object.defineProperty(this, "event", Recorded.#eventProperty);
    } else {
      this.event = event;
    }
    outcome.when((settled) => (this.outcome = settled));
    delivered.when((settled) => (this.delivery = settled));
  }
}

/** Keeps the records. */
export class InvocationRecorder {
  readonly #records: InvocationRecord[] = [];
  readonly #most: number;

  /** @param most how many are kept, the last ones. */
  constructor(most = Infinity) {
    this.#most = most;
  }

  get records(): readonly InvocationRecord[] {
    return this.#records;
  }

  /** Records an invocation, then starts it. */
  add(input: InvocationInput, delivered: Moment<Delivery>, start: () => RunningInvocation): RunningInvocation {
    if (this.#most === 0) return start();
    // What arrived: the function may change what it was given. Much is read again when somebody looks, which is seldom.
    const event = input.payloadText !== undefined ? eventOfText(input.payloadText) : laterEvent(input);
    const running = start();
    this.#records.push(new Recorded(input, event, running, delivered));
    if (this.#records.length > this.#most) this.#records.shift();
    return running;
  }

  reset(): void {
    this.#records.length = 0;
  }
}

function laterEvent({ payload, event }: InvocationInput): unknown {
  return payload === undefined ? copyOf(event) : unread;
}

/** A copy, so that the record shows what arrived. An event nested too deeply to be copied is kept as it is. */
function copyOf(event: unknown): unknown {
  try {
    return structuredClone(event);
  } catch {
    return event;
  }
}
