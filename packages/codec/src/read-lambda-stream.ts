import { ByteCollector } from "./byte-collector.ts";
import { describe } from "./bytes.ts";
import type { StreamSource } from "./chunk-source.ts";
import type { StreamOptions } from "./decode-stream.ts";
import { EventStreamError } from "./errors.ts";
import { ItemStream } from "./item-stream.ts";
import type { LambdaEvent } from "./lambda-decoder.ts";
import { LambdaDecoder } from "./lambda-decoder.ts";
import { payloadJson, payloadText } from "./payload-text.ts";
import { isResponse } from "./response-source.ts";
import { checkOptions } from "./check-object.ts";

/** What `InvokeWithResponseStream` of the AWS SDK for JavaScript returns, as far as it is used here. */
export interface LambdaStreamOutput {
  readonly EventStream?: AsyncIterable<LambdaEvent> | undefined;
  readonly StatusCode?: number | undefined;
}

/** The SDK's output, its `EventStream`, or an event stream from elsewhere: a `Response`, a body, bytes. */
export type LambdaStreamSource = LambdaStreamOutput | AsyncIterable<LambdaEvent> | StreamSource;

/** How to read a Lambda stream. */
export interface LambdaStreamOptions extends StreamOptions {
  /**
   * How many bytes are kept for a `LambdaStreamError` to show. A longer stream is not kept in memory. Default 6,291,456
   * (6 MiB, what Lambda returns at most without streaming).
   */
  readonly keepBytes?: number | undefined;
  /** As for `decodeEvents`. */
  readonly lenientMessageType?: boolean | undefined;
}

const defaultKeepBytes = 6 * 1024 * 1024;

/**
 * Reads what a Lambda function answers to `InvokeWithResponseStream`:
 *
 * ```ts
 * const output = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: "story" }));
 * for await (const bytes of readLambdaStream(output)) process.stdout.write(bytes);
 * ```
 *
 * The bytes come as they arrive. Where they are cut has no meaning: it may be inside a character. Leaving the loop
 * cancels the source. A DryRun, answered by status 204 and nothing else, has no bytes.
 *
 * @throws {EventStreamError} `invalid_argument`, at once, for a source that is none. When read: `not_event_stream`. An abort
 *   throws its reason.
 * @throws {LambdaStreamError} When read, for an answer that is not whole, with the bytes that came: cut, broken, damaged or
 *   failed.
 */
export function readLambdaStream(source: LambdaStreamSource, options: LambdaStreamOptions = {}): LambdaStream {
  return new LambdaStream(source, options);
}

/** The answer of a Lambda function, to be read once: by iterating, or whole by `bytes()`, `text()` or `json()`. */
export class LambdaStream implements AsyncIterable<Uint8Array> {
  readonly #received: ByteCollector;
  readonly #decoder: LambdaDecoder;
  readonly #stream: ItemStream<Uint8Array>;
  #taken = false;

  constructor(source: LambdaStreamSource, options: LambdaStreamOptions = {}) {
    checkOptions(options);
    const { keepBytes = defaultKeepBytes } = options;
    if (typeof keepBytes !== "number" || !(keepBytes >= 0)) {
      const problem = `Reading the options: keepBytes is ${describe(keepBytes)}, expected a number of bytes or Infinity`;
      throw new EventStreamError("invalid_argument", problem);
    }
    const { stream, mayBeEmpty } = streamOf(source);
    this.#received = new ByteCollector(keepBytes);
    this.#decoder = new LambdaDecoder(options, this.#received, mayBeEmpty);
    const { signal } = options;
    // The reason of an abort is whatever the caller made it.
    const told = (error: unknown) => (signal?.aborted ? error : this.#decoder.interrupted(error));
    this.#stream = new ItemStream(stream, this.#decoder, signal, "Reading a Lambda stream", told);
  }

  /**
   * The end of the function's log, when it was asked for with `LogType: "Tail"` and the stream has been read. Lambda sends
   * the last 4 KiB. Text as it came when that is not base64.
   */
  get logResult(): string | undefined {
    return this.#decoder.logResult;
  }

  /** @throws {EventStreamError} `invalid_argument` the second time. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    if (this.#taken) {
      const problem = "Reading a Lambda stream: found one that has been read, or is being read, expected a fresh one";
      throw new EventStreamError("invalid_argument", problem);
    }
    this.#taken = true;
    return this.#stream;
  }

  /** All bytes. A `LambdaStreamError` then has whatever came before it, however much. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const chunks = this[Symbol.asyncIterator]();
    this.#received.limit = Infinity;
    while (!(await chunks.next()).done);
    return this.#received.bytes()!;
  }

  /** All bytes as text. @throws {EventStreamError} `payload_utf8`, and what reading throws. */
  async text(): Promise<string> {
    return payloadText(await this.bytes(), "Reading a Lambda stream as text");
  }

  /** The value that all bytes are the JSON of; `T` is taken on trust. @throws {EventStreamError} `payload_json` or `payload_utf8`, and what reading throws. */
  async json<T = unknown>(): Promise<T> {
    return payloadJson(await this.bytes(), "Reading a Lambda stream as JSON") as T;
  }
}

function streamOf(source: LambdaStreamSource): { stream: unknown; mayBeEmpty: boolean } {
  if (typeof source === "object" && source !== null) {
    // DryRun, or so it is documented.
    if (isResponse(source))
      return source.status === 204 ? { stream: [], mayBeEmpty: true } : { stream: source, mayBeEmpty: false };
    if ("EventStream" in source || "StatusCode" in source) {
      const { EventStream, StatusCode } = source;
      if (EventStream || StatusCode === 204) return { stream: EventStream ?? [], mayBeEmpty: StatusCode === 204 };
      const problem =
        "Reading a Lambda stream: found an output without EventStream, expected InvokeWithResponseStream's";
      throw new EventStreamError("invalid_argument", problem);
    }
  }
  return { stream: source, mayBeEmpty: false };
}
