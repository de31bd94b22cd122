import { Buffer } from "node:buffer";
import type { LendingSteps, Parts, Step } from "@eventstream-kit/service";
import { paced } from "./bandwidth.ts";
import type { EmulatorContext } from "./emulator-context.ts";
import { chunkFrame, completeFrame, lentChunkFrame } from "./frames.ts";
import { failureJson, timeoutMessage } from "./function-error.ts";
import type { Failure } from "./function-error.ts";
import type { RunningInvocation } from "./invocation.ts";
import { logTail } from "./log.ts";

/** Largest payload of one `PayloadChunk`; a larger write becomes several. Real Lambda cuts smaller (24 KiB on average). */
const chunkBytes = 1024 * 1024;

/** `InvokeComplete`, the last event of every stream. */
interface InvokeComplete {
  readonly ErrorCode?: string;
  readonly ErrorDetails?: string;
  readonly LogResult?: string;
}

export interface StreamStepsOptions {
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal | undefined;
  /** `LogType` is `Tail`. */
  readonly tail: boolean;
}

type StepResult<S = Step> = IteratorResult<S, undefined>;
type LentResult = StepResult<Step | Parts>;

/**
 * The body of an answer of `InvokeWithResponseStream`: what a function writes, as frames, then `InvokeComplete`. One write
 * is one frame. When the reader goes away (the transport returns the body early, even unread, or the signal is aborted)
 * the function runs on by itself.
 *
 * Not a generator: every chunk of every stream passes here, and leaving must work before the first step was asked for.
 */
export class StreamSteps implements AsyncIterableIterator<Step, undefined>, LendingSteps {
  readonly #running: RunningInvocation;
  readonly #tail: boolean;
  readonly #limit: number;
  readonly #silent: boolean;
  readonly #writes: AsyncIterator<Uint8Array>;
  readonly #steps: AsyncIterator<Step>;
  readonly #stopListening: () => void;
  /** Bytes of payload so far. */
  #sent = 0;
  /** Payloads that follow before anything else is asked for. */
  #payloads: Uint8Array[] = [];
  /** What comes after them, when that is known. */
  #lastFrame: Uint8Array | undefined;
  /** As the step is asked for that is under way. */
  #frame: (payload: Uint8Array) => Uint8Array | Parts = chunkFrame;
  #ended = false;

  constructor(running: RunningInvocation, context: EmulatorContext, { signal, tail }: StreamStepsOptions) {
    this.#running = running;
    this.#tail = tail;
    this.#limit = context.limits.responseStreamBytes;
    this.#silent = context.switches.midStreamError === "observed";
    this.#writes = running.chunks[Symbol.asyncIterator]();
    this.#steps =
      context.switches.bandwidth === "observed"
        ? paced({ [Symbol.asyncIterator]: () => this.#writes }, context.now)[Symbol.asyncIterator]()
        : this.#writes;
    const leave = () => void this.#writes.return?.();
    this.#stopListening = () => signal?.removeEventListener("abort", leave);
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<StepResult> {
    this.#frame = chunkFrame;
    return this.#next() as Promise<StepResult>;
  }

  lend(): Promise<LentResult> {
    this.#frame = lentChunkFrame;
    return this.#next();
  }

  return(): Promise<StepResult> {
    this.#end();
    this.#payloads = [];
    this.#lastFrame = undefined;
    void this.#writes.return?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  #next(): Promise<LentResult> {
    const payload = this.#payloads.shift();
    if (payload !== undefined) return Promise.resolve({ done: false, value: this.#frame(payload) });
    const value = this.#lastFrame;
    this.#lastFrame = undefined;
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    if (this.#sent > this.#limit) return Promise.resolve(this.#cut());
    return this.#steps.next().then(this.#taken);
  }

  readonly #taken = (result: IteratorResult<Step>): LentResult | Promise<LentResult> => {
    if (result.done === true) return this.#complete();
    const { value } = result;
    if (!(value instanceof Uint8Array)) return result;
    // A capture of a longer response got one byte more than the limit.
    const left = this.#limit + 1 - this.#sent;
    const payload = value.length <= left ? value : value.subarray(0, left);
    this.#sent += payload.length;
    return { done: false, value: this.#first(payload) };
  };

  /** The first frame of a payload. The rest of a large one follows then. */
  #first(payload: Uint8Array): Uint8Array | Parts {
    if (payload.length <= chunkBytes) return this.#frame(payload);
    for (let at = chunkBytes; at < payload.length; at += chunkBytes) {
      this.#payloads.push(payload.subarray(at, at + chunkBytes));
    }
    return this.#frame(payload.subarray(0, chunkBytes));
  }

  /** A response that was cut has ended for its caller, however long the function goes on. */
  #cut(): LentResult {
    void this.#writes.return?.();
    return this.#last(this.#silent ? {} : tooLarge(this.#limit));
  }

  async #complete(): Promise<LentResult> {
    const outcome = await this.#running.outcome;
    const { requestId } = this.#running;
    if (outcome.kind === "success") return this.#last({});
    if (!this.#silent) return this.#last(errorMembers(outcome, requestId));
    const { streaming } = await this.#running.head;
    if (streaming) return this.#last({});
    // What the runtime posts to its error endpoint instead of a response becomes the response.
    const value = this.#first(Buffer.from(failureJson(outcome, requestId)));
    this.#lastFrame = this.#last({}).value;
    return { done: false, value };
  }

  #last(error: InvokeComplete): IteratorYieldResult<Uint8Array> {
    this.#end();
    const json = { ...error, ...(this.#tail ? { LogResult: logTail(this.#running.log.toString()) } : {}) };
    return { done: false, value: completeFrame(json) };
  }

  #end(): void {
    this.#ended = true;
    this.#stopListening();
  }
}

/** `Unhandled` stands for an error without a name of its own, as client libraries expect it. */
function errorMembers(failure: Failure, requestId: string): InvokeComplete {
  if (failure.kind === "timeout") {
    return { ErrorCode: "Sandbox.Timeout", ErrorDetails: timeoutMessage(failure.seconds, requestId) };
  }
  const code = failure.errorType === "Error" ? "Unhandled" : failure.errorType;
  return { ErrorCode: code, ErrorDetails: failureJson(failure, requestId) };
}

function tooLarge(limit: number): InvokeComplete {
  return {
    ErrorCode: "Function.ResponseSizeTooLarge",
    ErrorDetails: `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
  };
}
