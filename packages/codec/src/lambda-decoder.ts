import { fromBase64 } from "./base64.ts";
import { describe, isBytes } from "./bytes.ts";
import type { ByteCollector } from "./byte-collector.ts";
import type { EventOptions } from "./decode-events.ts";
import { EventDecoder } from "./decode-events.ts";
import { EventStreamError } from "./errors.ts";
import type { ChunkDecoder } from "./item-stream.ts";
import type { LambdaStreamErrorCode, LambdaStreamErrorDetails } from "./lambda-stream-error.ts";
import { LambdaStreamError } from "./lambda-stream-error.ts";
import type { StreamItem } from "./stream-event.ts";

type Maybe<T> = T | null | undefined;

/**
 * One event of `InvokeWithResponseStream` as the AWS SDK for JavaScript gives it. Members may be missing or null, as the
 * service model has none of them required, and there may be members of later versions.
 */
export interface LambdaEvent {
  readonly PayloadChunk?: Maybe<{ readonly Payload?: Maybe<Uint8Array> }>;
  readonly InvokeComplete?: Maybe<{
    readonly ErrorCode?: Maybe<string>;
    readonly ErrorDetails?: Maybe<string>;
    /** Base64 of the last 4 KiB of the log, when `LogType` was `Tail`. */
    readonly LogResult?: Maybe<string>;
  }>;
}

type InvokeComplete = NonNullable<LambdaEvent["InvokeComplete"]>;

const doing = "Reading a Lambda stream";

/** Makes bytes of what Lambda sends: of the wire's bytes, or of the SDK's events. */
export class LambdaDecoder implements ChunkDecoder<Uint8Array> {
  readonly #events: EventDecoder;
  readonly #received: ByteCollector;
  readonly #mayBeEmpty: boolean;
  #complete = false;
  logResult: string | undefined;

  /** @param mayBeEmpty Whether nothing at all is an answer too, as it is to a DryRun. */
  constructor(options: EventOptions, received: ByteCollector, mayBeEmpty: boolean) {
    this.#events = new EventDecoder(options);
    this.#received = received;
    this.#mayBeEmpty = mayBeEmpty;
  }

  *push(chunk: unknown): Generator<Uint8Array> {
    if (isBytes(chunk)) {
      for (const item of this.#events.push(chunk)) yield* this.#take(eventOf(item));
    } else if (typeof chunk === "object" && chunk !== null) {
      yield* this.#take(chunk);
    } else {
      const problem = `${doing}: found ${describe(chunk)}, expected bytes or an event of the SDK`;
      throw new EventStreamError("invalid_argument", problem);
    }
  }

  /** An error that broke the answer off, as one of the answer; what says all by itself stays as it is. */
  interrupted(error: unknown): unknown {
    if (error instanceof LambdaStreamError || isAbort(error)) return error;
    if (error instanceof EventStreamError && keptCodes.has(error.code)) return error;
    const why = error instanceof Error ? error.message : describe(error);
    return this.#fault("interrupted", `it broke off after ${this.#received.length} bytes: ${why}`, { cause: error });
  }

  finish(): void {
    this.#events.finish();
    const received = this.#received.length;
    if (this.#complete || (this.#mayBeEmpty && received === 0)) return;
    const problem = `it ended after ${received} bytes without InvokeComplete, expected that as the last event`;
    throw this.#fault("missing_complete", problem);
  }

  *#take(event: LambdaEvent): Generator<Uint8Array> {
    if (this.#complete) {
      const name = Object.keys(event)[0] ?? "an event";
      throw this.#fault("after_complete", `found ${name} after InvokeComplete, expected the end`);
    }
    if (event.InvokeComplete) this.#finishWith(event.InvokeComplete);
    const payload = event.PayloadChunk?.Payload;
    if (payload === undefined || payload === null) return;
    if (!isBytes(payload)) {
      const problem = `${doing}: found ${describe(payload)} as Payload, expected a Uint8Array`;
      throw new EventStreamError("invalid_argument", problem);
    }
    if (payload.length === 0) return;
    this.#received.push(payload);
    yield payload;
  }

  #finishWith({ ErrorCode, ErrorDetails, LogResult }: InvokeComplete): void {
    this.#complete = true;
    this.logResult = logText(LogResult);
    const errorCode = memberText(ErrorCode);
    const errorDetails = memberText(ErrorDetails);
    // Either alone is bad news; an empty one is none.
    if (!errorCode && !errorDetails) return;
    const what = [errorCode, messageIn(errorDetails)].filter(Boolean).join(": ");
    const problem = `the function failed after ${this.#received.length} bytes: ${what}`;
    throw this.#fault("function_error", problem, { errorCode, errorDetails, logResult: this.logResult });
  }

  #fault(
    code: LambdaStreamErrorCode,
    problem: string,
    details?: Omit<LambdaStreamErrorDetails, "receivedBytes" | "received">,
  ): LambdaStreamError {
    const received = { receivedBytes: this.#received.length, received: this.#received.bytes() };
    return new LambdaStreamError(code, `${doing}: ${problem}`, { ...received, ...details });
  }
}

/** What an error says, where its details are the JSON of a runtime, which has a stack trace as well; else all of them. */
function messageIn(details: string | undefined): string | undefined {
  try {
    const { errorMessage } = JSON.parse(details ?? "") as { readonly errorMessage?: unknown };
    if (typeof errorMessage === "string" && errorMessage !== "") return errorMessage;
  } catch {
    // No JSON, or none with members.
  }
  return details;
}

/** There never was a stream, or the caller is mistaken. */
const keptCodes: ReadonlySet<string> = new Set(["invalid_argument", "not_event_stream"]);

/** The reader gave up itself: the error that platforms and SDKs have for it. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** The event as the SDK would give it. Others than these two are nobody's bytes, and must not be an error. */
function eventOf(item: StreamItem): LambdaEvent {
  switch (item.name) {
    case "PayloadChunk":
      return { PayloadChunk: { Payload: item.payload } };
    case "InvokeComplete":
      return { InvokeComplete: completeOf(item) };
    default:
      return { [item.name]: {} };
  }
}

function completeOf(item: StreamItem): InvokeComplete {
  if (item.payload.length === 0) return {};
  const value = item.json();
  if (typeof value === "object" && !Array.isArray(value)) return value ?? {};
  const problem = `${doing}: found ${describe(value)} as InvokeComplete, expected a JSON object`;
  throw new EventStreamError("payload_json", problem, { messageIndex: item.messageIndex });
}

/** Modelled as text; but if something else came, that is the news. Undefined for what is missing or null. */
function memberText(member: unknown): string | undefined {
  return typeof member === "string" ? member : JSON.stringify(member ?? undefined);
}

/** The log begins wherever 4 KiB before its end happens to be, so a character may be cut: that is no reason to fail. */
function logText(logResult: Maybe<string>): string | undefined {
  if (typeof logResult !== "string") return undefined;
  const bytes = fromBase64(logResult);
  return bytes ? new TextDecoder().decode(bytes) : logResult;
}
