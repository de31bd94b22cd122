import type { DecodeErrorCode, Message } from "@eventstream-kit/codec";
import type { HeaderLine } from "@eventstream-kit/service";

/** A recorded file: a header line and any number of exchanges. */
export interface Cassette {
  readonly header: CassetteHeader;
  readonly exchanges: readonly Exchange[];
}

export interface CassetteHeader {
  /** Format version. Readers refuse a newer one. */
  readonly eventstream: 1;
  /** Service and operation of the first exchange, such as `lambda:InvokeWithResponseStream`. */
  readonly op?: string;
  readonly title?: string;
  readonly origin: "recorded" | "edited" | "synthetic";
}

/** One request and its answer. */
export interface Exchange {
  readonly request: RecordedRequest;
  readonly response: RecordedResponse;
  /** The response body in wire order. Re-encoding the items gives its bytes. */
  readonly items: readonly Item[];
  /** Header lines behind the body, of those that a cassette holds of a response. */
  readonly trailers?: readonly HeaderLine[];
  readonly end: End;
  readonly timing?: Timing;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Items that are read one after the other, as often as wanted. */
export interface LentItems extends Iterable<Item> {
  /**
   * The same in memory that is used again: each item is to be gone when the next one is asked for. Where it is missing, every item
   * has memory of its own.
   */
  lent?(): Iterable<Item>;
}

/** An exchange whose items and chunks need not be in memory: they are read one after the other, as often as wanted. */
export interface LongExchange extends Omit<Exchange, "items" | "timing"> {
  readonly items: LentItems;
  readonly timing?: LongTiming;
  /** How many of the items are frames, where that is known without reading them. */
  readonly frames?: number;
  /** Gives back what holds the items: they cannot be read any more. Needed only where there is such a method. */
  readonly discard?: () => void;
}

/** Keeps the items of an exchange while it is recorded. */
export interface ItemStore extends LentItems {
  /**
   * Takes a copy: the memory of both is used for something else afterwards.
   *
   * @param bytes the item as it is on the wire. The item is not held otherwise.
   */
  add(item: Item, bytes: Uint8Array): void;
  discard(): void;
}

export interface RecordedRequest {
  readonly method: string;
  /** Path and query, normalised. */
  readonly path: string;
  /** Allow-listed headers only, names in lower case. */
  readonly headers: readonly HeaderLine[];
  readonly body: Uint8Array;
}

export interface RecordedResponse {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
}

/** Why bytes are stored as they came instead of as a frame. */
export type RawReason = DecodeErrorCode | `rejected:${DecodeErrorCode}` | "not_event_stream" | "content_encoding";

/** One event-stream message, or bytes that are not a valid one. */
export type Item =
  | { readonly kind: "frame"; readonly message: Message }
  | { readonly kind: "raw"; readonly why: RawReason; readonly bytes: Uint8Array };

export interface End {
  /** `eof`: the server ended the body. The others name who cut it short. */
  readonly how: "eof" | "reset" | "timeout" | "client-abort" | "limit";
  /** Number of items. */
  readonly items: number;
  /** Size of the body. */
  readonly bytes: number;
  /** SHA-256 of the body, lower-case hex. */
  readonly sha256: string;
}

export interface Timing {
  readonly unit: "ms";
  /** From the request being sent to the response head. */
  readonly res: number;
  readonly chunks: readonly ChunkTime[];
}

/** {@link Timing} whose chunks are read one after the other, as often as wanted. */
export interface LongTiming extends Omit<Timing, "chunks"> {
  readonly chunks: Iterable<ChunkTime>;
}

/** One transport chunk: when it came, and how far into the items it reached. */
export interface ChunkTime {
  /** Milliseconds since the chunk before it (the first: since the head), one decimal. */
  readonly dt: number;
  /** How many items were complete. */
  readonly item: number;
  /** Bytes of the next item that had arrived too. */
  readonly extra: number;
  /** True when the client's back-pressure had paused the upstream: the gap is the client's. */
  readonly paused?: boolean;
}
