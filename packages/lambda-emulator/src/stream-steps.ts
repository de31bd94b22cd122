import { Buffer } from "node:buffer";
import type { LendingSteps, Parts, Step } from "@eventstream-kit/service";
import { isBytes } from "@eventstream-kit/service";
import { paced } from "./bandwidth.ts";
import type { EmulatorContext } from "./emulator-context.ts";
import { LentFrames, chunkFrame, completeFrame, lentComplete } from "./frames.ts";
import { failureJson, timeoutMessage } from "./function-error.ts";
import type { Failure } from "./function-error.ts";
import type { Outcome, RunningInvocation, Writes } from "./invocation.ts";
import type { Moment } from "./moment.ts";
import type { Delivery, ReportingBody } from "./reply-delivery.ts";
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
  /** What becomes of the answer. */
  readonly delivered: Moment<Delivery>;
  /** `LogType` is `Tail`. */
  readonly tail: boolean;
}

type LentResult = IteratorResult<Step | Parts, undefined>;
type Give = (result: LentResult) => void;
type Fail = (reason: unknown) => void;

/**
 * The body of an answer of `InvokeWithResponseStream`: what a function writes, as frames, then `InvokeComplete`. One write
 * is one frame. When the reader goes away (the transport returns the body early, even unread, or is told so)
 * the function runs on by itself.
 *
 * Not a generator: every chunk of every stream passes here, and leaving must work before the first step was asked for.
 */
export class StreamSteps implements AsyncIterableIterator<Step, undefined>, LendingSteps, ReportingBody {
  readonly #running: RunningInvocation;
  readonly #tail: boolean;
  readonly #limit: number;
  readonly #silent: boolean;
  readonly #writes: Writes;
  /** The writes at Lambda's bandwidth, if they shall be. */
  readonly #paced: AsyncIterator<Step> | undefined;
  /** Bytes of payload so far. */
  #sent = 0;
  /** Payloads that follow before anything else is asked for. */
  #payloads: Uint8Array[] = [];
  /** What comes after them, when that is known. */
  #lastFrame: Uint8Array | undefined;
  /** For a transport that borrows steps. */
  #lentFrames: LentFrames | undefined;
  /** Of the step that is under way. */
  #lends = false;
  #ended = false;
  #report: ((delivery: Delivery) => void) | undefined;
  /** Of the step that was asked for. */
  #give: Give | undefined;
  #fail: Fail | undefined;

  constructor(running: RunningInvocation, context: EmulatorContext, { delivered, tail }: StreamStepsOptions) {
    this.#running = running;
    this.#tail = tail;
    this.#limit = context.limits.responseStreamBytes;
    this.#silent = context.switches.midStreamError === "observed";
    this.#writes = running.chunks;
    if (context.switches.bandwidth === "observed") {
      this.#paced = paced(this.#writes, context.now)[Symbol.asyncIterator]();
    }
    delivered.when((delivery) => (delivery === "client_left" ? this.#writes.leave() : undefined));
  }

  reportTo(settle: (delivery: Delivery) => void): void {
    this.#report = settle;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Step, undefined>> {
    this.#lends = false;
    return new Promise((resolve, reject) => this.#ask(resolve as Give, reject));
  }

  lend(give: Give, fail: Fail): void {
    this.#lends = true;
    this.#ask(give, fail);
  }

  return(): Promise<IteratorResult<Step, undefined>> {
    this.#report?.("client_left");
    this.#ended = true;
    this.#payloads = [];
    this.#lastFrame = undefined;
    this.#writes.leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  #ask(give: Give, fail: Fail): void {
    this.#give = give;
    this.#fail = fail;
    let known: LentResult | undefined;
    try {
      known = this.#known();
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (known !== undefined) {
      give(known);
      return;
    }
    if (this.#paced === undefined) this.#writes.take(this.#taken);
    else this.#askPaced(this.#paced);
  }

  #askPaced(steps: AsyncIterator<Step>): void {
    steps.next().then(
      ({ value }) => this.#taken(value),
      (error: unknown) => this.#failed(error),
    );
  }

  /** The next step when it needs no write of the function. */
  #known(): LentResult | undefined {
    const payload = this.#payloads.length > 0 ? this.#payloads.shift() : undefined;
    if (payload !== undefined) return { done: false, value: this.#frame(payload) };
    const value = this.#lastFrame;
    this.#lastFrame = undefined;
    if (value !== undefined) return { done: false, value };
    if (this.#ended) {
      this.#report?.("complete");
      // The end is asked for when all before it is sent.
      this.#lentFrames?.giveBack();
      this.#lentFrames = undefined;
      return { done: true, value: undefined };
    }
    return this.#sent > this.#limit ? this.#cut() : undefined;
  }

  readonly #taken = (written: Step | undefined): void => {
    if (written === undefined) {
      this.#running.outcome.when(this.#ending);
      return;
    }
    let value: Step | Parts;
    try {
      value = isBytes(written) ? this.#within(written) : written;
    } catch (error) {
      // Such as no memory. This runs inside of the function's write, which it is no error of.
      this.#failed(error);
      return;
    }
    this.#give?.({ done: false, value });
  };

  readonly #ending = (outcome: Outcome): void => {
    let last: LentResult;
    try {
      last = this.#complete(outcome);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#give?.(last);
  };

  #failed(error: unknown): void {
    this.#report?.("broken");
    this.#fail?.(error);
  }

  /** The frame of a write, or what the limit leaves of it. */
  #within(written: Uint8Array): Uint8Array | Parts {
    // A capture of a longer response got one byte more than the limit.
    const left = this.#limit + 1 - this.#sent;
    const payload = written.length <= left ? written : written.subarray(0, left);
    this.#sent += payload.length;
    return this.#first(payload);
  }

  /** The first frame of a payload. The rest of a large one follows then. */
  #first(payload: Uint8Array): Uint8Array | Parts {
    if (payload.length <= chunkBytes) return this.#frame(payload);
    for (let at = chunkBytes; at < payload.length; at += chunkBytes) {
      this.#payloads.push(payload.subarray(at, at + chunkBytes));
    }
    return this.#frame(payload.subarray(0, chunkBytes));
  }

  #frame(payload: Uint8Array): Uint8Array | Parts {
    return this.#lends ? (this.#lentFrames ??= LentFrames.get()).chunk(payload) : chunkFrame(payload);
  }

  /** A response that was cut has ended for its caller, however long the function goes on. */
  #cut(): LentResult {
    this.#writes.leave();
    return this.#last(this.#silent ? undefined : tooLarge(this.#limit));
  }

  #complete(outcome: Outcome): LentResult {
    if (outcome.kind === "success") {
      if (!this.#lends || this.#tail) return this.#last();
      this.#ended = true;
      return { done: false, value: lentComplete };
    }
    return this.#silent ? this.#unmarked(outcome) : this.#last(errorMembers(outcome, this.#running.requestId));
  }

  /** The end after an error that nothing marks. */
  #unmarked(failure: Failure): LentResult {
    if (this.#running.head.value?.streaming === true) return this.#last();
    // What the runtime posts to its error endpoint instead of a response becomes the response.
    const value = this.#first(Buffer.from(failureJson(failure, this.#running.requestId)));
    this.#lastFrame = this.#last().value;
    return { done: false, value };
  }

  #last(error?: InvokeComplete): IteratorYieldResult<Uint8Array> {
    this.#ended = true;
    const members = this.#tail ? { ...error, LogResult: logTail(this.#running.log.toString()) } : error;
    return { done: false, value: completeFrame(members === undefined ? "{}" : JSON.stringify(members)) };
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
