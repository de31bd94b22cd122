import { createHash } from "node:crypto";
import {
  createRecorder,
  type Exchange,
  type ItemStore,
  type LongExchange,
  type RecorderOptions,
  type Recording,
  type RedactionOptions,
} from "@eventstream-kit/cassette";
import type { HeaderLine, Service, ServiceRequest } from "@eventstream-kit/service";
import type { CallName } from "./call-name.ts";
import { messageOf, RecorderError } from "./errors.ts";
import { recordingFailure } from "./recording-failure.ts";
import { relay, type CallJournal, type RelayOptions } from "./relay.ts";

/**
 * Told about one call. All members are optional: take what you need.
 *
 * One that throws or rejects costs neither the relay nor the recording: `failed` is told, once, with `observer_failed`.
 */
export interface CallObserver<E extends LongExchange = Exchange> {
  /** The response has begun. */
  head?(response: { readonly status: number; readonly headers: readonly HeaderLine[] }): void;
  /** A piece of the response has been passed on, or was about to be when the call ended. */
  chunk?(bytes: Uint8Array): void;
  /** The call is over, and this is what a cassette holds of it. A promise may be returned. */
  recorded?(exchange: E): unknown;
  /**
   * There is nothing to record: refused, not reached, or refused by AWS for the recorder's own credentials. Or, with
   * `observer_failed`, after `recorded`: what this observer threw.
   */
  failed?(error: RecorderError): void;
}

export interface RecordingProxyOptions<E extends LongExchange = Exchange> extends RelayOptions {
  /** What is masked in recordings. Default: what the built-in rules find. `false`: nothing. */
  readonly redact?: RedactionOptions | false;
  /** Called at the start of each call. When it throws, the call is answered with an error and AWS does not get it. */
  readonly observe?: (call: CallName, request: ServiceRequest) => CallObserver<E>;
}

/**
 * The recorder as a service: signs each request again with its own credentials, sends it to AWS, and relays the answer
 * chunk by chunk the moment it arrives, with the client's back-pressure. Serve it on loopback and point an SDK at it.
 *
 * An upstream that breaks off breaks the client's connection. A client that leaves cancels the upstream call, unless `onAbort` is
 * `finish`. What goes wrong with recording never harms the relay. Calls are held in memory.
 *
 * @throws RecorderError `usage`
 */
export function createRecordingProxy(options: RecordingProxyOptions): Service;
/**
 * The same for calls that are too long for memory.
 *
 * @param store makes what holds a call while it is recorded, such as `spool` of `@eventstream-kit/cassette/node`. Who is told of
 *   the call discards it.
 * @throws RecorderError `usage`
 */
export function createRecordingProxy(options: RecordingProxyOptions<LongExchange>, store: () => ItemStore): Service;
export function createRecordingProxy(options: RecordingProxyOptions<LongExchange>, store?: () => ItemStore): Service {
  return relay(options, (call, request) => {
    const observer = observed(() => options.observe?.(call, request) ?? {});
    return new ObservedRecording(observer, request, options.redact, store);
  });
}

function observed<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw observerFailed(cause);
  }
}

function observerFailed(cause: unknown): RecorderError {
  return new RecorderError("observer_failed", `Observing a call failed: ${messageOf(cause)}`, { cause });
}

/** Records on the relay's own thread. */
class ObservedRecording implements CallJournal {
  readonly #observer: CallObserver<LongExchange>;
  readonly #request: ServiceRequest;
  readonly #redact: RedactionOptions | false | undefined;
  readonly #store: (() => ItemStore) | undefined;
  #recording: Recording<LongExchange> | undefined;
  /** What the recording takes for the present: chunks are timed when they arrive, not when they are passed on. */
  #at = 0;
  /** After the first failure there is nothing more to record of a call. */
  #failure: RecorderError | undefined;
  #observerFailure: RecorderError | undefined;

  constructor(
    observer: CallObserver<LongExchange>,
    request: ServiceRequest,
    redact: RedactionOptions | false | undefined,
    store: (() => ItemStore) | undefined,
  ) {
    this.#observer = observer;
    this.#request = request;
    this.#redact = redact;
    this.#store = store;
  }

  start({ at, meta }: Parameters<CallJournal["start"]>[0]): void {
    this.#at = at;
    const settings: RecorderOptions = {
      now: () => this.#at,
      sha256: () => createHash("sha256"),
      ...(this.#redact === undefined ? {} : { redact: this.#redact }),
      meta,
    };
    this.#record(() => {
      const recorder = this.#store ? createRecorder(settings, this.#store) : createRecorder(settings);
      this.#recording = recorder.start(this.#request);
    });
  }

  head(response: Parameters<CallJournal["head"]>[0]): void {
    this.#at = response.at;
    this.#record(() => this.#recording?.head(response));
    this.#tell(() => this.#observer.head?.(response));
  }

  chunk({ bytes, at, paused }: Parameters<CallJournal["chunk"]>[0]): undefined {
    this.#at = at;
    this.#record(() => this.#recording?.chunk(bytes, { paused }));
    this.#tell(() => this.#observer.chunk?.(new Uint8Array(bytes)));
  }

  end(...[how, meta, trailers]: Parameters<CallJournal["end"]>): void {
    const exchange = this.#record(() => this.#recording?.end(how, meta, trailers));
    if (!exchange) return this.failed(this.#failure!);
    // From now on it is the observer's to discard.
    this.#recording = undefined;
    void this.#handOver(exchange);
  }

  failed(error: RecorderError): void {
    this.#discard();
    try {
      this.#observer.failed?.(error);
    } catch (cause) {
      // There is nobody else to tell.
      process.emitWarning(observerFailed(cause));
    }
  }

  async #handOver(exchange: LongExchange): Promise<void> {
    try {
      await this.#observer.recorded?.(exchange);
    } catch (cause) {
      this.#observerFailure ??= observerFailed(cause);
      exchange.discard?.();
    }
    if (this.#observerFailure) this.failed(this.#observerFailure);
  }

  #record<T>(work: () => T): T | undefined {
    if (this.#failure) return undefined;
    try {
      return work();
    } catch (cause) {
      this.#failure = recordingFailure(cause);
      return undefined;
    }
  }

  /** What an observer throws is kept for the end: the recording goes on. */
  #tell(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#observerFailure ??= observerFailed(cause);
    }
  }

  #discard(): void {
    try {
      this.#recording?.discard();
    } catch {
      // What went wrong first is what is told.
    }
    this.#recording = undefined;
  }
}
