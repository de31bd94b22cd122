import type { InvocationInput, Outcome, RunningInvocation } from "./invocation.ts";

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
  /** The log so far. */
  log(): string;
}

/** Keeps the records. */
export class InvocationRecorder {
  readonly #records: InvocationRecord[] = [];

  get records(): readonly InvocationRecord[] {
    return this.#records;
  }

  /** Records an invocation, then starts it. */
  add(input: InvocationInput, start: () => RunningInvocation): RunningInvocation {
    const { payload: _payload, traceId: _traceId, ...shown } = input;
    const kept = { ...shown, event: copyOf(input.event) };
    const running = start();
    let outcome: Outcome | undefined;
    const ended = running.outcome.then((settled) => (outcome = settled));
    this.#records.push({
      ...kept,
      get outcome() {
        return outcome;
      },
      ended,
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
