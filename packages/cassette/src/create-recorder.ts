import type { HeaderLine, ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import { authKind } from "./auth-kind.ts";
import type { CreateHash } from "./body-hash.ts";
import { hex, portableSha256 } from "./body-hash.ts";
import { hasEventStream } from "./body-map.ts";
import type { End, Exchange, Item, ItemStore, LongExchange, LongTiming, RawReason } from "./cassette.ts";
import { ChunkClock } from "./chunk-clock.ts";
import { ChunkLog } from "./chunk-log.ts";
import { CassetteError } from "./errors.ts";
import { fittedChunks } from "./fitted-chunks.ts";
import { freeMemory } from "./free-memory.ts";
import { payloadOf } from "./item-channel.ts";
import { itemLength } from "./item-line.ts";
import { ItemSplitter } from "./item-splitter.ts";
import { NumberColumn } from "./number-column.ts";
import { badOption, requireKnown } from "./options.ts";
import { RawPieces } from "./raw-pieces.ts";
import { ItemRedactor } from "./redaction/item-redactor.ts";
import type { RedactionOptions } from "./redaction/redaction-options.ts";
import { Redactor, type RedactionCounts } from "./redaction/redactor.ts";
import { retryAttempt } from "./retry-attempt.ts";
import { storedResponseHeaders, storedTrailers, type StoredHeaders } from "./stored-headers.ts";
import { counted, storedRequest } from "./stored-request.ts";
import { WireBytes } from "./wire-bytes.ts";

export interface RecorderOptions {
  /** A clock that never goes back, in milliseconds from anywhere. Default `performance.now`. */
  readonly now?: () => number;
  /** SHA-256 for the bodies. Default: a portable one. */
  readonly sha256?: CreateHash;
  /**
   * Bytes of a response body recorded at most. What comes after is not stored, and the exchange ends with `limit`.
   * Default 256 MiB, more than a Lambda function can stream.
   */
  readonly maxBytes?: number;
  /**
   * What is masked in request, response head and body, before anything is kept. Default: what looks like a secret by the
   * built-in rules. `false`: nothing, but headers and signatures that are never stored stay out all the same.
   */
  readonly redact?: RedactionOptions | false;
  /** For the `meta` line of every exchange, such as `recorder`, `region` and `http`. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What a recorder is told about a request. */
export type RecordedCall = Pick<ServiceRequest, "method" | "target" | "headers" | "body">;

/** Makes exchanges of what a proxy or an interceptor sees. It never does anything by itself. */
export interface Recorder<E extends LongExchange = Exchange> {
  /** A request is on its way. Only what a cassette may hold is kept of it. */
  start(request: RecordedCall): Recording<E>;
}

/** One exchange while it happens: `head`, any number of `chunk`, `end`. */
export interface Recording<E extends LongExchange = Exchange> {
  /** The response head has arrived. */
  head(response: { readonly status: number; readonly headers: readonly HeaderLine[] }): void;
  /**
   * A piece of the response body has arrived. Call it before passing the piece on; the bytes may be overwritten
   * afterwards.
   *
   * @param options `paused`: back-pressure from the client had paused the upstream since the chunk before.
   */
  chunk(bytes: Uint8Array, options?: { readonly paused?: boolean }): void;
  /**
   * The exchange is over.
   *
   * @param how default `eof`.
   * @param meta further facts for the `meta` line.
   * @param trailers header lines that came behind the body. Kept when that has come to its end.
   */
  end(how?: End["how"], meta?: Readonly<Record<string, unknown>>, trailers?: readonly HeaderLine[]): E;
  /** Nobody wants it: nothing is held any more. */
  discard(): void;
}

/**
 * A recorder. Everything is timed by `now` when it is told. Exchanges are held in memory.
 *
 * The methods of a recording throw CassetteError `state` when they are called out of order; `chunk` and `end` throw `redaction`
 * when there are rules for JSON and a document does not end within 8 MiB: that exchange is lost, and is to be discarded.
 *
 * @throws CassetteError `option`
 */
export function createRecorder(options?: RecorderOptions): Recorder;
/**
 * A recorder of streams that are too long for memory.
 *
 * @param store makes what holds the items of an exchange, such as `spool` of `@eventstream-kit/cassette/node`.
 * @throws CassetteError `option`
 */
export function createRecorder(options: RecorderOptions, store: () => ItemStore): Recorder<LongExchange>;
export function createRecorder(options: RecorderOptions = {}, store?: () => ItemStore): Recorder<LongExchange> {
  requireKnown("", options, recorderOptions);
  return recorderOf(options, store);
}

/** For {@link requireKnown}. */
export const recorderOptions = { now: true, sha256: true, maxBytes: true, redact: true, meta: true } as const;

/** `createRecorder` for those whose options have more in them. */
export function recorderOf(options: RecorderOptions, store?: () => ItemStore): Recorder<LongExchange> {
  const { maxBytes = 0 } = options;
  if (!(typeof maxBytes === "number" && maxBytes >= 0))
    throw badOption("maxBytes", maxBytes, "a number of bytes from 0");
  const redactor = options.redact === false ? undefined : new Redactor(options.redact);
  return {
    start(request) {
      const held = store?.();
      try {
        return new OpenRecording(request, options, redactor, held);
      } catch (error) {
        held?.discard();
        throw error;
      }
    },
  };
}

/**
 * The longest message of the specification: 24 MiB of payload, 128 KiB of headers, and 16 bytes around them. What claims to
 * be longer is recorded as raw bytes, so that nobody waits for its end in memory.
 */
const longestMessage = (24 * 1024 + 128) * 1024 + 16;

/** Bound here, at import: what is recorded has real times also while a test has replaced the global ones. */
const systemNow = performance.now.bind(performance);

/** Anything that makes items of bytes. */
type Splitter = Pick<ItemSplitter, "push" | "finish">;

class OpenRecording implements Recording<LongExchange> {
  readonly #options: RecorderOptions;
  readonly #redactor: Redactor | undefined;
  readonly #clock: ChunkClock;
  readonly #request: Exchange["request"];
  readonly #auth: string;
  readonly #attempt: number | undefined;
  readonly #redacted: RedactionCounts = new Map();
  #response: Exchange["response"] | undefined;
  #splitter: Splitter | undefined;
  readonly #masker: ItemRedactor | undefined;
  readonly #store: ItemStore | undefined;
  /** Without a store. */
  readonly #inMemory: Item[] = [];
  readonly #wire = new WireBytes();
  #items = 0;
  #frames = 0;
  /** Where each item ends, if items can become shorter, so that the chunks have to be fitted to them. */
  readonly #ends: NumberColumn | undefined;
  readonly #hash: ReturnType<CreateHash>;
  #bytes = 0;
  #room: number;
  #limited = false;
  #ended = false;

  constructor(
    request: RecordedCall,
    options: RecorderOptions,
    redactor: Redactor | undefined,
    store: ItemStore | undefined,
  ) {
    this.#store = store;
    this.#ends = redactor?.emptiesPadding ? new NumberColumn() : undefined;
    this.#options = options;
    this.#redactor = redactor;
    this.#masker = redactor && new ItemRedactor(redactor, this.#redacted);
    this.#clock = new ChunkClock(options.now ?? systemNow);
    this.#auth = authKind(request.target, request.headers);
    this.#attempt = retryAttempt(request.headers);
    this.#request = storedRequest(request, redactor, this.#redacted);
    this.#hash = (options.sha256 ?? portableSha256)();
    this.#room = options.maxBytes ?? 256 * 1024 * 1024;
  }

  head({ status, headers: given }: { status: number; headers: readonly HeaderLine[] }): void {
    if (this.#response || this.#ended) throw wrongState("head", "once, before the chunks");
    this.#clock.head();
    this.#response = { status, headers: this.#masked(storedResponseHeaders(given)) };
    const why = whyRaw(given);
    this.#splitter =
      why === undefined ? new ItemSplitter({ maxMessageBytes: longestMessage, anyLine: true }) : new RawPieces(why);
  }

  chunk(bytes: Uint8Array, { paused = false }: { readonly paused?: boolean } = {}): void {
    if (!this.#splitter || this.#ended) throw wrongState("chunk", "between the head and the end");
    const stored = bytes.subarray(0, this.#room);
    this.#room -= stored.length;
    if (stored.length < bytes.length) this.#limited = true;
    this.#clock.chunk(stored.length, paused);
    this.#take(this.#splitter.push(stored));
  }

  end(
    given: End["how"] = "eof",
    meta: Readonly<Record<string, unknown>> = {},
    lines: readonly HeaderLine[] = [],
  ): LongExchange {
    if (!this.#response || !this.#splitter || this.#ended) throw wrongState("end", "once, after the head");
    this.#ended = true;
    this.#take(this.#splitter.finish());
    this.#keep(this.#masker?.finish() ?? []);
    const how = this.#limited ? "limit" : given;
    const trailers = how === "eof" ? this.#masked(storedTrailers(lines)) : [];
    const store = this.#store;
    return {
      request: this.#request,
      response: this.#response,
      items: store ?? this.#inMemory,
      ...(trailers.length > 0 ? { trailers } : {}),
      ...(store ? { frames: this.#frames, discard: () => store.discard() } : {}),
      end: {
        how,
        items: this.#items,
        bytes: this.#bytes,
        sha256: hex(this.#hash.digest()),
      },
      timing: this.#timing(),
      meta: {
        ...this.#options.meta,
        ...meta,
        ...(this.#attempt === undefined ? {} : { attempt: this.#attempt }),
        auth: this.#auth,
        redacted: Object.fromEntries(this.#redacted),
      },
    };
  }

  discard(): void {
    this.#ended = true;
    this.#store?.discard();
  }

  /** Header lines of a response, in front of its body or behind it. */
  #masked({ headers, redacted }: StoredHeaders): readonly HeaderLine[] {
    counted(this.#redacted, "headers", redacted);
    return this.#redactor?.headers(headers, this.#redacted) ?? headers;
  }

  #timing(): LongTiming {
    const { chunks, ...others } = this.#clock.timing();
    const fitted = this.#ends ? fittedChunks(chunks, this.#ends) : chunks;
    if (!this.#store) return { ...others, chunks: [...fitted] };
    return { ...others, chunks: this.#ends ? ChunkLog.of(fitted) : chunks };
  }

  #take(items: readonly Item[]): void {
    for (const item of items) {
      this.#clock.item(itemLength(item));
      this.#keep(this.#masker?.push(item) ?? [item]);
    }
  }

  /** One by one: a chunk can have more items than a call can have arguments. */
  #keep(items: readonly Item[]): void {
    for (const item of items) {
      const bytes = this.#wire.of(item);
      this.#hash.update(bytes);
      this.#bytes += bytes.length;
      this.#items += 1;
      if (item.kind === "frame") this.#frames += 1;
      this.#ends?.push(this.#bytes);
      if (this.#store) {
        this.#store.add(item, bytes);
        freeMemory(payloadOf(item));
      } else this.#inMemory.push(item);
    }
  }
}

/** Why a body is not to be taken for frames. Undefined if it is. */
function whyRaw(headers: readonly HeaderLine[]): RawReason | undefined {
  const encoding = headerValue(headers, "content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "") return "content_encoding";
  return hasEventStream(headers) ? undefined : "not_event_stream";
}

function wrongState(method: string, expected: string): CassetteError {
  return new CassetteError("state", `Recording an exchange: ${method}() was called out of order; expected ${expected}`);
}
