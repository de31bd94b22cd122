import { Deadline } from "./deadline.ts";
import type { Clock } from "./deadline.ts";
import { failureJson, thrown } from "./function-error.ts";
import type { FunctionCode, FunctionEntry, LambdaHandler } from "./functions.ts";
import type { InvocationInput, Outcome, ResponseHead, RunningInvocation, Writes } from "./invocation.ts";
import { lambdaContext } from "./lambda-context.ts";
import type { LambdaContext } from "./lambda-context.ts";
import { InvocationLog } from "./log.ts";
import { isRemoteCode, runElsewhere } from "./remote-code.ts";
import type { RemoteCode } from "./remote-code.ts";
import { ResponseStream } from "./response-stream.ts";
import { highWaterMarkOf, isStreamingHandler, runStreamingHandler } from "./streamify.ts";
import { WriteQueue } from "./write-queue.ts";
import { isStream, resultBytes, writeBytes } from "./writes.ts";

/** Starts a function and returns at once. The code that runs is that of `input.version`. */
export function runFunction(entry: FunctionEntry, input: InvocationInput, clock: Clock): RunningInvocation {
  return new FunctionRun(entry, input, clock);
}

const success: Outcome = { kind: "success" };

class FunctionRun implements RunningInvocation {
  readonly requestId: string;
  readonly version: string;
  readonly head: Promise<ResponseHead>;
  readonly outcome: Promise<Outcome>;
  readonly #entry: FunctionEntry;
  readonly log: InvocationLog;
  readonly #deadline: Deadline;
  readonly #queue: WriteQueue;
  #resolveHead!: (head: ResponseHead) => void;
  #resolveOutcome!: (outcome: Outcome) => void;
  #opened = false;
  /** Tells a runtime of its own. */
  #timedOut: AbortController | undefined;
  #streaming = false;
  /** Set by a `streamifyResponse` handler: it knows the content type. */
  #stream: ResponseStream | undefined;
  /** Said by a runtime of its own. */
  #remoteHead: ResponseHead | undefined;
  #ended = false;

  constructor(entry: FunctionEntry, input: InvocationInput, clock: Clock) {
    this.#entry = entry;
    this.requestId = input.requestId;
    this.version = input.version;
    this.head = new Promise((resolve) => (this.#resolveHead = resolve));
    this.outcome = new Promise((resolve) => (this.#resolveOutcome = resolve));
    const { memorySize, timeout } = entry;
    const startedAt = clock.now();
    this.log = new InvocationLog(
      { requestId: input.requestId, version: input.version, memorySize },
      clock.now,
      startedAt,
    );
    this.#deadline = new Deadline(
      timeout * 1000,
      clock,
      () => this.#end({ kind: "timeout", seconds: timeout }),
      startedAt,
    );
    // A generator waits for its writes; a response stream takes some in advance and says when it is full.
    this.#queue = new WriteQueue((waiting) => {
      if (this.#stream === undefined) this.#setWaiting(waiting);
    });
    const code = entry.versions.get(input.version) ?? entry.code;
    this.#run(code, input, startedAt).then(
      (outcome) => this.#end(outcome),
      (error: unknown) => this.#end(thrown(error)),
    );
  }

  get chunks(): Writes {
    return this.#queue;
  }

  #run(code: FunctionCode, input: InvocationInput, startedAt: number): Promise<Outcome> {
    if (isRemoteCode(code)) return this.#runElsewhere(code, input);
    const context = lambdaContext(input, {
      memorySize: this.#entry.memorySize,
      startedAt,
      remaining: () => this.#deadline.remaining(),
      log: (text) => this.log.line("INFO", text),
    });
    return this.#runHere(code, input.event, context);
  }

  async #runElsewhere(code: RemoteCode, input: InvocationInput): Promise<Outcome> {
    this.#deadline.pause();
    let began = false;
    this.#timedOut = new AbortController();
    return code[runElsewhere]({
      input,
      memorySize: this.#entry.memorySize,
      timedOut: this.#timedOut.signal,
      begin: (initMs) => {
        if (began) return;
        began = true;
        this.log.begin(initMs);
        this.#deadline.resume();
      },
      remaining: () => this.#deadline.remaining(),
      open: (head) => {
        if (this.#ended) return;
        this.#streaming = head.streaming;
        this.#remoteHead = head;
      },
      write: async (bytes) => void (await this.#write(bytes)),
      output: (text) => this.log.output(text),
    });
  }

  async #runHere(code: FunctionCode, event: unknown, context: LambdaContext): Promise<Outcome> {
    if (isStreamingHandler(code)) {
      this.#streaming = true;
      const size = highWaterMarkOf(code);
      this.#stream = new ResponseStream({
        // Node's own streams send nothing for an empty write; it only opens the response.
        write: async (bytes) => void (await this.#write(bytes.length === 0 ? undefined : bytes)),
        waiting: (waiting) => this.#setWaiting(waiting),
        ...(size === undefined ? {} : { highWaterMark: size }),
      });
      const returned = await runStreamingHandler(code, event, this.#stream, context, () => this.#setWaiting(true));
      if (returned !== undefined) this.log.line("WARN", "Streaming handlers ignore return values.");
      return success;
    }
    const result: unknown = typeof code === "function" ? await (code as LambdaHandler)(event, context) : code;
    if (!isStream(result)) {
      // The function is done with it, however long its reader takes.
      void this.#write(resultBytes(result));
      return success;
    }
    this.#streaming = true;
    for await (const item of result) {
      const written = this.#write(writeBytes(item));
      if (written !== true) await written;
      if (this.#ended) break;
    }
    return success;
  }

  /** The time a function waits for its reader is not its own. */
  #setWaiting(waiting: boolean): void {
    if (waiting) this.#deadline.pause();
    else this.#deadline.resume();
  }

  /** Opens the response, then hands the bytes to the reader. True when it asks for more already, else resolves when it does. */
  #write(bytes: Uint8Array | undefined): true | Promise<void> {
    this.#open();
    return bytes === undefined ? true : this.#queue.write(bytes);
  }

  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#resolveHead({ streaming: this.#streaming, contentType: this.#contentType() });
  }

  #contentType(): string {
    if (this.#remoteHead !== undefined) return this.#remoteHead.contentType;
    if (!this.#streaming) return "application/json";
    return this.#stream?.contentType ?? this.#entry.contentType ?? "application/octet-stream";
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline.stop();
    if (outcome.kind === "error") this.#logError(outcome);
    this.log.end(outcome.kind === "timeout" ? "timeout" : undefined);
    this.#open();
    this.#queue.close();
    this.#resolveOutcome(outcome);
    // After a timeout the handler may still write: nobody listens any more. A process is ended.
    if (outcome.kind !== "timeout") return;
    this.#stream?.destroy();
    this.#timedOut?.abort();
  }

  /** A runtime of its own has logged its error itself, if it lived. */
  #logError(error: Extract<Outcome, { kind: "error" }>): void {
    if (error.crashed) this.log.crash(error.errorType, error.errorMessage);
    else if (error.json === undefined) {
      this.log.line("ERROR", `Invoke Error \t${failureJson(error, this.requestId)}`);
    }
  }
}
