/** One header line as on the wire. Order, letter case and duplicates are kept. */
export type HeaderLine = readonly [name: string, value: string];

/** A request as data: what any transport can say about it. */
export interface ServiceRequest {
  /** Upper case, as received. */
  readonly method: string;
  /** The request target as received: path and query, percent-encoding untouched. */
  readonly target: string;
  readonly headers: readonly HeaderLine[];
  /** The whole body. A transport refuses bodies above its own limit before a service sees them. */
  readonly body: Uint8Array;
  /** Aborted when the client has gone away, where the transport can tell. */
  readonly signal?: AbortSignal;
  /**
   * Sends an interim response (RFC 9110, 15.2), such as `103 Early Hints`, where the transport can: HTTP/1.1 and HTTP/2. It leaves
   * at once; when the reply is there already, or the client has gone, it is left out, and so is a `content-length` line.
   *
   * @param status 102 to 199: `100 Continue` is the transport's own, and nobody switches protocols.
   * @throws ServiceError `reply_status`, `reply_header`
   */
  readonly sendInterim?: (status: number, headers: readonly HeaderLine[]) => void;
}

/** Wait before the next step. Transports use their injected delay, so fake clocks work. */
export interface Wait {
  readonly kind: "wait";
  readonly ms: number;
}

/** Break the connection here, at once: a TCP reset on a socket, an errored body elsewhere. Ends the body. */
export interface Reset {
  readonly kind: "reset";
}

/**
 * One step of a reply body. Bytes are one write: a transport neither splits nor merges them by itself. Once yielded they
 * belong to the transport, so a body does not write to them again; but their buffer may hold other steps too, and is not to be
 * transferred. Bytes of length 0 are no write.
 */
export type Step = Uint8Array | Wait | Reset;

/** Steps in order. A thrown error is a fault of the service: the transport breaks the connection. */
export type Body = AsyncIterable<Step> | Iterable<Step>;

/** One write in several pieces of memory, at least one of which has bytes. */
export type Parts = readonly Uint8Array[];

/**
 * What the iterator of a body may be, to spare a transport the copy of large steps and the promises of small ones. Nobody has
 * to know it: `next()` gives the same steps.
 */
export interface LendingSteps extends AsyncIterator<Step> {
  /**
   * As `next()`, but calls one of the two once, now or later, instead of making a promise; and bytes may come in parts. Those
   * are only good until the next step is asked for: so a transport asks when it has sent them, and all bytes before them. For
   * bytes that `lend` has given as they are, it may ask for more at once; they are good until parts that came after them have
   * been sent. A transport that keeps a step for longer copies it.
   */
  lend(give: (result: IteratorResult<Step | Parts>) => void, fail: (reason: unknown) => void): void;
}

/** A reply as data. Each transport renders it as well as it can. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly body: Body;
  /**
   * Header lines after the body: a list, or a function for who knows them no earlier than at the clean end of the body, where
   * it is called. Default: none, which a function says with an empty list.
   */
  readonly trailers?: Trailers;
}

export type Trailers = readonly HeaderLine[] | (() => readonly HeaderLine[]);

/** Answers requests. `undefined` means "not mine", and the next service is asked. */
export interface Service {
  handle(request: ServiceRequest): Promise<Reply | undefined>;
}

/** Waits `ms` milliseconds; rejects with the signal's reason when aborted first. */
export type Delay = (ms: number, signal?: AbortSignal) => Promise<void>;
