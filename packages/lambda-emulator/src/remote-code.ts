import type { InvocationInput, Outcome, ResponseHead } from "./invocation.ts";

/** What a function that runs in a process of its own gets for one invocation, and how it answers. */
export interface RemoteInvocation {
  readonly input: InvocationInput;
  /** In MB. */
  readonly memorySize: number;
  /** Aborted when the function's time is over, or it is ended by a reset: nobody listens any more. */
  readonly timedOut: AbortSignal;
  /**
   * The function's time begins here; until then it waits for its runtime, which does not count.
   *
   * @param initMs how long the runtime took to start, in milliseconds, when it was started for this invocation
   */
  readonly begin: (initMs?: number) => void;
  /** Milliseconds until the function times out. */
  readonly remaining: () => number;
  /** Says what the response is. It opens with the first write, or at the end. */
  readonly open: (head: ResponseHead) => void;
  /** One write. Resolves when the reader asks for more. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Adds to the log what the runtime printed, as it is. */
  readonly output: (text: string) => void;
}

/** The key of {@link RemoteCode}. */
export const runElsewhere: unique symbol = Symbol.for("eventstream-kit.lambda-emulator.runElsewhere") as never;

/** Code that does not run here. */
export interface RemoteCode {
  /** Runs it once, to its end. Must not reject. */
  [runElsewhere](invocation: RemoteInvocation): Promise<Outcome>;
}

export function isRemoteCode(code: unknown): code is RemoteCode {
  return typeof code === "object" && code !== null && runElsewhere in code;
}
