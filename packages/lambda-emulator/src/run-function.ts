import { callHandler, isPromise } from "./call-handler.ts";
import type { OrdinaryHandler } from "./call-handler.ts";
import { Deadline } from "./deadline.ts";
import type { Clock } from "./deadline.ts";
import { crashed, loggedJson, thrown } from "./function-error.ts";
import type { FunctionCode, FunctionEntry } from "./functions.ts";
import type { InvocationInput, Outcome, ResponseHead, RunningInvocation, Writes } from "./invocation.ts";
import { lambdaContext } from "./lambda-context.ts";
import type { LambdaContext } from "./lambda-context.ts";
import { InvocationLog } from "./log.ts";
import { Moment } from "./moment.ts";
import { isRemoteCode, runElsewhere } from "./remote-code.ts";
import type { RemoteCode } from "./remote-code.ts";
import { ResponseStream } from "./response-stream.ts";
import { resultBytes } from "./result-bytes.ts";
import { UncaughtError, highWaterMarkOf, isStreamingHandler, runStreamingHandler } from "./streamify.ts";
import type { StreamingHandler } from "./streamify.ts";
import { WriteQueue } from "./write-queue.ts";
import { Chunks, isStream, writeBytes } from "./writes.ts";

/** Starts a function and returns at once. The code that runs is that of `input.version`. */
export function runFunction(entry: FunctionEntry, input: InvocationInput, clock: Clock): RunningInvocation {
  return new FunctionRun(entry, input, clock);
}

type WithoutCallback = (event: unknown, context: LambdaContext) => unknown;

const success: Outcome = { kind: "success" };

const isPromiseOrStream = (returned: unknown): boolean => isPromise(returned) || isStream(returned);

class FunctionRun implements RunningInvocation {
  readonly requestId: string;
  readonly version: string;
  readonly head = new Moment<ResponseHead>();
  readonly outcome = new Moment<Outcome>();
  readonly #entry: FunctionEntry;
  readonly log: InvocationLog;
  readonly #deadline: Deadline;
  readonly #queue: WriteQueue;
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
    this.#run(code, input, startedAt);
  }

  get chunks(): Writes {
    return this.#queue;
  }

  #run(code: FunctionCode, input: InvocationInput, startedAt: number): void {
    if (isRemoteCode(code)) {
      this.#runElsewhere(code, input).then((outcome) => this.#end(outcome), this.#failed);
      return;
    }
    const context = lambdaContext(input, {
      memorySize: this.#entry.memorySize,
      startedAt,
      remaining: () => this.#deadline.remaining(),
      log: (text) => this.log.line("INFO", text),
    });
    if (isStreamingHandler(code)) this.#runStreaming(code, input.event, context).then(this.#succeeded, this.#failed);
    else this.#runHere(code, input.event, context);
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

  async #runStreaming(code: StreamingHandler, event: unknown, context: LambdaContext): Promise<void> {
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
  }

  #runHere(code: FunctionCode, event: unknown, context: LambdaContext): void {
    let result: unknown;
    try {
      if (typeof code !== "function") result = code;
      // Most take no callback, and need no promise more.
      else if (code.length < 3) result = (code as WithoutCallback)(event, context);
      else result = callHandler(code as OrdinaryHandler, event, context, isPromiseOrStream);
    } catch (error) {
      // Later, as everything else that happens to a function: whoever started it has not got hold of it yet.
      result = Promise.reject(error);
    }
    Promise.resolve(result).then(this.#returned, this.#failed);
  }

  readonly #returned = (result: unknown): void => {
    try {
      if (!isStream(result)) {
        // The function is done with it, however long its reader takes.
        void this.#write(resultBytes(result));
        this.#end(success);
        return;
      }
      this.#streaming = true;
      if (result instanceof Chunks && result.known !== undefined) {
        this.#writeAll(result.known, 0);
      } else if (Symbol.asyncIterator in result) {
        void this.#readItems(result[Symbol.asyncIterator]());
      } else {
        this.#readSync(result).then(this.#succeeded, this.#failed);
      }
    } catch (error) {
      this.#failed(error);
    }
  };

  /** Writes a list from an index on. By a generator, ten small writes took a short call a twelfth more. */
  #writeAll(writes: readonly unknown[], from: number): void {
    for (let at = from; at < writes.length; at++) {
      if (this.#ended) return;
      const written = this.#write(writeBytes(writes[at]));
      if (written === true) continue;
      written.then(() => this.#writeAll(writes, at + 1)).catch(this.#failed);
      return;
    }
    this.#end(success);
  }

  async #readSync(items: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
    for await (const item of items) {
      const written = this.#write(writeBytes(item));
      if (written !== true) await written;
      if (this.#ended) break;
    }
  }

  /** As `for await`, which makes twice as much garbage for each item. */
  async #readItems(items: AsyncIterator<unknown>): Promise<void> {
    for (;;) {
      let result: IteratorResult<unknown> | undefined | null;
      try {
        // An iterator that somebody wrote by hand may give its result without a promise.
        result = await items.next();
        if (typeof result !== "object" || result === null) {
          throw new TypeError(`Iterator result ${String(result)} is not an object`);
        }
      } catch (error) {
        this.#failed(error);
        return;
      }
      try {
        if (result.done) break;
        const written = this.#write(writeBytes(result.value));
        if (written !== true) await written;
      } catch (error) {
        await this.#leaveItems(items);
        this.#failed(error);
        return;
      }
      if (this.#ended) {
        await this.#leaveItems(items);
        return;
      }
    }
    this.#end(success);
  }

  async #leaveItems(items: AsyncIterator<unknown>): Promise<void> {
    try {
      await items.return?.();
    } catch {
      // The function has ended for another reason already.
    }
  }

  readonly #succeeded = (): void => this.#end(success);

  readonly #failed = (error: unknown): void => {
    if (error instanceof UncaughtError) {
      this.log.line("ERROR", `Uncaught Exception \t${loggedJson(thrown(error.cause))}`);
      this.#end(crashed("Runtime.ExitError", "Runtime exited with error: exit status 1", this.requestId));
    } else {
      this.#end(thrown(error));
    }
  };

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
    this.head.come({ streaming: this.#streaming, contentType: this.#contentType() });
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
    if (outcome.kind === "timeout") this.log.end("timeout", outcome.seconds * 1000);
    else this.log.end();
    this.#open();
    this.#queue.close();
    this.outcome.come(outcome);
    if (outcome.kind === "timeout") this.#stop();
  }

  kill(): void {
    if (this.#ended) return;
    this.#end(crashed("Runtime.ExitError", "Runtime exited with error: signal: killed", this.requestId));
    this.#stop();
  }

  /** The handler may still write: nobody listens any more. A process is ended. */
  #stop(): void {
    this.#stream?.destroy();
    this.#timedOut?.abort();
  }

  /** A runtime of its own has logged its error itself, if it lived. */
  #logError(error: Extract<Outcome, { kind: "error" }>): void {
    if (error.crashed) this.log.crash(error.errorType, error.errorMessage);
    else if (error.json === undefined) {
      this.log.line("ERROR", `Invoke Error \t${loggedJson(error)}`);
    }
  }
}
