import { createHash } from "node:crypto";
// Bound here, at import: recordings end on time also while a test has replaced the global timers.
import { setTimeout } from "node:timers";
import type { CassetteHeader, Exchange, ItemStore, LongExchange } from "../cassette.ts";
import { recorderOf, recorderOptions, type Recorder, type RecorderOptions } from "../create-recorder.ts";
import { CassetteError } from "../errors.ts";
import { orFileError } from "../node/load-cassette.ts";
import { removeCassette } from "../node/payload-files.ts";
import { saveCassette, type SaveCassetteOptions } from "../node/save-cassette.ts";
import { badOption, requireKnown } from "../options.ts";
import { placeOf } from "../secret-found.ts";
import { recordingHandler, type ClientCall, type Journal, type OpenCall } from "./recording-handler.ts";
import { takeOver, type CallFacts, type SdkClient } from "./sdk-client.ts";

export interface RecordClientOptions<E extends LongExchange = Exchange> extends RecorderOptions {
  /**
   * Told about each exchange when it is over, in the order of their ends. It costs no recording when it throws, or rejects: `save`
   * reports that when it has written the files. `save` does not wait for promises: what rejects later is a warning of the process.
   */
  readonly onExchange?: (exchange: E) => unknown;
}

export interface SaveRecordingOptions extends Partial<SaveCassetteOptions> {
  /** For the first line of a new file. Default: none. */
  readonly title?: string;
  /**
   * Exchanges that are partial go into the file too, in their place: for a test that aborts on purpose. Replayed, they break
   * off where the client left. Default false.
   */
  readonly keepPartial?: boolean;
}

/** The recording of a client. Disposing it stops it, and discards what a store holds. */
export interface ClientRecording<E extends LongExchange = Exchange> extends AsyncDisposable {
  /**
   * The exchanges that are over, in the order of their requests. Each attempt of a call that the SDK retries is one.
   * Those that the client left early are not here, but in {@link ClientRecording.partial}.
   */
  readonly exchanges: readonly E[];
  /** What there is of answers that the client did not want to the end: it aborted, or was destroyed. */
  readonly partial: readonly E[];
  /** Resolves when every answer that has begun is over. */
  settled(): Promise<void>;
  /**
   * The client is as it was before. Calls under way are recorded to the end of their answers, whether anybody reads those or not.
   * Who reads them goes on; but when more than 256 KiB have come that it has not read, or it is cancelled, it gets a CassetteError
   * `state` where the rest would be.
   *
   * @param options `graceMs`: an answer that is not over by then is cancelled, and is partial; a call without one goes on, and makes
   *   `save` fail. Default 1000.
   */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
  /** What there is, as a cassette. */
  cassette(title?: string): { readonly header: CassetteHeader; readonly exchanges: readonly E[] };
  /**
   * Writes the exchanges to a file, and those that are partial, if any, to `<path>.partial`, which replay does not read.
   * Nothing is written when there are none. A `<path>.partial` of before goes when nothing is partial any more.
   *
   * Neither file may hold the credentials that the client signed with, nor the `secrets` in the options.
   *
   * @throws CassetteError what `saveCassette` throws; `recording` when something could not be recorded, or, after writing, when
   *   `onExchange` has thrown; `redaction` when something could not be masked.
   */
  save(path: string, options?: SaveRecordingOptions): Promise<void>;
}

/**
 * Records what an AWS SDK v3 client receives, in process and without a port: Lambda, Bedrock, Kinesis or any other,
 * over HTTP/1.1, HTTP/2 or fetch.
 *
 * The client works as before. Chunks are passed on the moment they arrive, a slow reader slows the service down, an abort
 * reaches it, and nothing that goes wrong with recording harms the call. Exchanges are held in memory.
 *
 * @throws CassetteError `option`; `state` for a client that is recorded or replayed already. Calls whose request is an
 *   event stream reject with `unsupported`.
 */
export function recordClient(client: SdkClient, options?: RecordClientOptions): ClientRecording;
/**
 * The same for streams that are too long for memory.
 *
 * @param store makes what holds the items of an exchange, such as `spool` of `@eventstream-kit/cassette/node`: until the recording
 *   is disposed, or `discard()` of the exchange is called.
 */
export function recordClient(
  client: SdkClient,
  options: RecordClientOptions<LongExchange>,
  store: () => ItemStore,
): ClientRecording<LongExchange>;
export function recordClient(
  client: SdkClient,
  options: RecordClientOptions<never> = {},
  store?: () => ItemStore,
): ClientRecording<LongExchange> {
  requireKnown("", options, { ...recorderOptions, onExchange: true });
  const settings = { sha256: () => createHash("sha256"), ...options };
  const recorder: Recorder<LongExchange> = recorderOf(settings, store);
  const journal = new ClientJournal<LongExchange>(
    options.onExchange as RecordClientOptions<LongExchange>["onExchange"],
  );
  const detach = takeOver(client, (own, config) => recordingHandler(own, config, recorder, journal));
  return journal.recording(detach);
}

/** What a client has called, and what it called with. */
export class ClientJournal<E extends LongExchange> implements Journal<E> {
  readonly #onExchange: RecordClientOptions<E>["onExchange"];
  /** What `onExchange` has thrown first. */
  #thrown: { readonly cause: unknown } | undefined;
  /** Whether it has been asked for that. */
  #saved = false;
  readonly #calls: ClientCall<E>[] = [];
  readonly #open = new Set<OpenCall>();
  readonly #unanswered = new Set<ClientCall<E>>();
  /** What to call when there are none of these. */
  readonly #whenAnswered: (() => void)[] = [];
  #stopping = false;
  /** What it signed with, and what that is called. */
  readonly #secrets = new Map<string, string>();

  constructor(onExchange?: RecordClientOptions<E>["onExchange"]) {
    this.#onExchange = onExchange;
  }

  started(call: ClientCall<E>, { identity = {} }: CallFacts): void {
    this.#calls.push(call);
    this.#unanswered.add(call);
    for (const name of ["accessKeyId", "secretAccessKey", "sessionToken", "token", "apiKey"]) {
      const value = identity[name];
      if (typeof value === "string") this.#secrets.set(value, name);
    }
  }

  unanswered(call: ClientCall<E>): void {
    this.#unanswered.delete(call);
    if (this.#unanswered.size === 0) for (const resolve of this.#whenAnswered.splice(0)) resolve();
  }

  opened(call: ClientCall<E>, open: OpenCall): void {
    this.#open.add(open);
    if (this.#stopping && call.failure === undefined) open.drain();
    this.unanswered(call);
    void this.#close(call, open);
  }

  recording(detach: () => void): ClientRecording<E> {
    const settled = async () => void (await Promise.all([...this.#open].map(({ over }) => over)));
    const stop = async ({ graceMs = 1000 }: { readonly graceMs?: number } = {}) => {
      if (!(typeof graceMs === "number" && graceMs >= 0)) throw badOption("graceMs", graceMs, "milliseconds from 0");
      detach();
      this.#stopping = true;
      for (const open of this.#open) open.drain();
      await Promise.race([this.#answered().then(settled), elapsed(graceMs)]);
      for (const call of this.#unanswered) call.failure ??= tooLate();
      for (const open of this.#open) open.cancel();
      await settled();
    };
    const whole = () => this.#exchanges((how) => how !== "client-abort");
    const partial = () => this.#exchanges((how) => how === "client-abort");
    return {
      get exchanges() {
        return whole();
      },
      get partial() {
        return partial();
      },
      settled,
      stop,
      [Symbol.asyncDispose]: async () => {
        await stop();
        for (const { exchange } of this.#calls) exchange?.discard?.();
      },
      cassette: (title) => ({ header: this.#header(title), exchanges: whole() }),
      save: async (path, options = {}) => {
        requireKnown("", options, { title: true, keepPartial: true, secrets: true, append: true, large: true });
        const { title, keepPartial = false, secrets = [], append = false, large = false } = options;
        this.#throwFailure();
        const header = this.#header(title);
        const all = { secrets: [...this.#secrets.keys(), ...secrets], large };
        const write = (to: string, exchanges: readonly E[], settings: SaveCassetteOptions) =>
          saveCassette(to, { header, exchanges }, settings).catch((error: unknown) => {
            throw secretFound(error, to, [...this.#secrets.values()]);
          });
        const kept = keepPartial ? this.#exchanges(() => true) : whole();
        const apart = keepPartial ? [] : partial();
        if (kept.length > 0) await write(path, kept, { ...all, append });
        if (apart.length > 0) await write(`${path}.partial`, apart, all);
        // Of a recording before.
        else if (kept.length > 0) await orFileError("remove", path, () => removeCassette(`${path}.partial`));
        this.#saved = true;
        if (this.#thrown) throw onExchangeFailed(this.#thrown.cause);
      },
    };
  }

  /** Resolves when no call waits for its answer. */
  async #answered(): Promise<void> {
    if (this.#unanswered.size > 0) await new Promise<void>((resolve) => this.#whenAnswered.push(resolve));
  }

  async #close(call: ClientCall<E>, open: OpenCall): Promise<void> {
    await open.over;
    this.#open.delete(open);
    try {
      if (call.exchange) await this.#onExchange?.(call.exchange);
    } catch (cause) {
      this.#thrown ??= { cause };
      // Perhaps nobody asks again.
      if (this.#saved) process.emitWarning(onExchangeFailed(cause));
    }
  }

  #exchanges(wanted: (how: Exchange["end"]["how"]) => boolean): E[] {
    return this.#calls.flatMap(({ exchange }) => (exchange && wanted(exchange.end.how) ? [exchange] : []));
  }

  #header(title: string | undefined): CassetteHeader {
    const op = this.#calls.find(({ exchange }) => exchange)?.op;
    return {
      eventstream: 1,
      ...(op === undefined ? {} : { op }),
      ...(title === undefined ? {} : { title }),
      origin: "recorded",
    };
  }

  #throwFailure(): void {
    const failed = this.#calls.find(({ failure }) => failure !== undefined);
    if (!failed) return;
    const { op = "a call", failure } = failed;
    const why = failure instanceof Error ? failure.message : String(failure);
    const code = failure instanceof CassetteError && failure.code === "redaction" ? "redaction" : "recording";
    throw new CassetteError(code, `Recording ${op} failed, though the call did not: ${why}`, { cause: failure });
  }
}

/**
 * The gate tells which secret it is by a place in a list that nobody but us has seen.
 *
 * @param own the names of those that come first.
 */
function secretFound(error: unknown, path: string, own: readonly string[]): unknown {
  if (!(error instanceof CassetteError) || !error.found) return error;
  const { found, line } = error;
  const name = own[found.index];
  const what = name === undefined ? "one of the secrets in the options" : `the client's ${name}`;
  return new CassetteError(
    "secret",
    `Saving ${path}: it would have ${what}, ${placeOf(found, line)}, and is not written; expected that to be masked, as with the option redact: { find: ... }`,
    { path, line, found, cause: error },
  );
}

function tooLate(): CassetteError {
  return new CassetteError(
    "recording",
    "no answer had come when the recording was stopped; expected calls to be awaited, or aborted, before",
  );
}

function onExchangeFailed(cause: unknown): CassetteError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CassetteError("recording", `All is recorded, but onExchange failed: ${why}`, { cause });
}

/** Does not keep the process alive. */
function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
