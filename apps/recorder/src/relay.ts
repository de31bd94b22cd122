import type { End } from "@eventstream-kit/cassette";
import {
  hasNoBody,
  realDelay,
  type Delay,
  type HeaderLine,
  type Reply,
  type Service,
  type ServiceRequest,
} from "@eventstream-kit/service";
import { nameOfRequest, type CallName } from "./call-name.ts";
import type { CredentialProvider } from "./credentials.ts";
import { credentialsRefusal } from "./credentials-refusal.ts";
import { RecorderError } from "./errors.ts";
import { endToEnd, unbuffered } from "./header-lines.ts";
import { loopGuard } from "./loop-guard.ts";
import { recordingFailure } from "./recording-failure.ts";
import { refusalReply } from "./refusal-reply.ts";
import { RelayedSteps } from "./relayed-steps.ts";
import { resign } from "./resign.ts";
import { signingScope, type SigningScope } from "./signing-scope.ts";
import { trusting } from "./trusting.ts";
import { upstreamFor, type AddressOptions } from "./upstream-address.ts";
import type { UpstreamChunk } from "./upstream-chunks.ts";
import { sendUpstream, type UpstreamResponse } from "./upstream.ts";
import { version } from "./version.ts";
import { withoutUserInfo } from "./without-user-info.ts";

/** What Lambda takes, and some room: the limit of a synchronous invocation is 6 MiB. */
const mostForLambda = 6 * 1024 * 1024 + 1024;

export interface RelayOptions extends AddressOptions {
  /** What requests are signed with. Asked for every request. */
  readonly credentials: CredentialProvider;
  /** Region to call. Default: the one the client signed for. */
  readonly region?: string;
  /** For signatures and `meta.recordedAt`. Default: the system's clock. */
  readonly now?: () => Date;
  /** A monotonic clock in milliseconds, for chunk times. Default: `performance.now`. */
  readonly clock?: () => number;
  /**
   * What becomes of a call whose client leaves. `stop` cancels it, because what nobody reads costs as well. `finish` reads the
   * rest, as fast as it comes, and records it whole; its `meta` then says `clientLeft`. Default `stop`.
   */
  readonly onAbort?: "stop" | "finish";
  /**
   * For so many milliseconds an upstream may send nothing, then it is given up: the client's connection is broken, and the
   * exchange ends with `timeout`; before the head, the client is answered 504. While the client does not read, no time passes.
   * Default: for ever.
   */
  readonly idleMs?: number;
  /**
   * PEM text with certificates of authorities that https trusts besides the usual ones, for upstreams behind an authority of one's
   * own. Certificates are always verified.
   */
  readonly ca?: string;
  /** Waits for `idleMs`. Default: real time. */
  readonly delay?: Delay;
  /** Aborting it cancels all calls, whether they have a client or not: they end with `client-abort`. */
  readonly signal?: AbortSignal;
}

/** Who is told of one call, and records it. What goes wrong with recording never harms the relay: none of it throws. */
export interface CallJournal {
  /** The request is about to be sent. `at`: by the relay's clock. */
  start(facts: { readonly at: number; readonly meta: Readonly<Record<string, unknown>> }): void;
  head(response: UpstreamResponse): void;
  /**
   * A piece of the response has been passed on, or was about to be when the call ended. The bytes may be overwritten afterwards.
   * A promise asks to wait with the next one: recording has fallen behind.
   */
  chunk(chunk: UpstreamChunk): Promise<void> | undefined;
  /** The call is over. */
  end(how: End["how"], meta: Readonly<Record<string, unknown>>, trailers: readonly HeaderLine[]): void;
  /** There is nothing to record: refused, not reached, or refused by AWS for the recorder's own credentials. */
  failed(error: RecorderError): void;
}

/**
 * Signs each request again, sends it to AWS, and relays the answer chunk by chunk the moment it arrives, with the client's
 * back-pressure. Each chunk is passed on first and recorded then.
 *
 * An upstream that breaks off breaks the client's connection. A client that leaves cancels the upstream call, unless it is to be
 * finished.
 *
 * @param open is asked at the start of each call.
 * @throws RecorderError `usage`
 */
export function relay(
  options: RelayOptions,
  open: (call: CallName, request: ServiceRequest) => CallJournal,
): Service & { handle(request: ServiceRequest): Promise<Reply> } {
  const { now = () => new Date(), clock = () => performance.now(), onAbort = "stop" } = options;
  if (onAbort !== "stop" && onAbort !== "finish") {
    throw new RecorderError("usage", `The option onAbort is ${String(onAbort)}; expected "stop" or "finish"`);
  }
  const { idleMs, delay = realDelay } = options;
  if (idleMs !== undefined && !(typeof idleMs === "number" && idleMs > 0)) {
    throw new RecorderError("usage", `The option idleMs is ${String(idleMs)}; expected milliseconds above 0`);
  }
  const idle = idleMs === undefined ? undefined : { ms: idleMs, delay };
  const trust = options.ca === undefined ? undefined : trusting(options.ca);
  const loops = loopGuard();

  async function send(request: ServiceRequest, journal: CallJournal): Promise<Call> {
    checkRequestLine(request);
    const received = signingScope(request);
    checkSize(request, received);
    const scope = { ...received, region: options.region ?? received.region };
    const url = upstreamFor(scope, request.target, options);
    loops.check(request);
    const target = url.pathname.replace(/\/$/, "") + request.target;
    const credentials = await options.credentials();
    const headers = await resign(
      { ...request, target },
      { ...scope, credentials, date: now(), host: url.host, secure: url.protocol === "https:" },
    );
    journal.start({
      at: clock(),
      meta: {
        recorder: `eventstream/${version()}`,
        recordedAt: now().toISOString(),
        region: scope.region,
        boundary: "node:data",
      },
    });
    const finishes = onAbort === "finish";
    const cancel = cancelOf(finishes ? undefined : request.signal, options.signal);
    const response = await sendUpstream({
      url,
      method: request.method,
      target,
      headers: loops.mark(headers, url),
      body: request.body,
      clock,
      idle,
      trust,
      interim: (status, lines) => passInterim(request, status, endToEnd(lines)),
      ...(cancel ? { signal: cancel } : {}),
    });
    journal.head(response);
    const refusal = credentialsRefusal(response, credentials.source, now());
    return { request, response, journal, refusal, finishes, cancel };
  }

  return {
    async handle(request) {
      const journal = open(nameOfRequest(request), request);
      try {
        return await answer(await send(request, journal));
      } catch (cause) {
        const error = recordingFailure(cause);
        journal.failed(error);
        return refusalReply(error);
      }
    },
  };
}

function passInterim(request: ServiceRequest, status: number, headers: readonly HeaderLine[]): void {
  try {
    request.sendInterim?.(status, headers);
  } catch {
    // One that the client's HTTP cannot carry is left out: it matters less than the answer.
  }
}

/** A tunnel, or the address of somebody else: nothing that AWS answers. */
function checkRequestLine({ method, target }: ServiceRequest): void {
  if (method !== "CONNECT" && target.startsWith("/")) return;
  throw new RecorderError(
    "request_refused",
    `The request asks for ${method} ${withoutUserInfo(target)}; expected a path`,
  );
}

function checkSize({ body }: ServiceRequest, { service }: SigningScope): void {
  if (service !== "lambda" || body.length <= mostForLambda) return;
  const found = `The request has a body of ${String(body.length)} bytes`;
  throw new RecorderError("request_refused", `${found}; Lambda takes 6 MiB`);
}

interface Call {
  readonly request: ServiceRequest;
  readonly response: UpstreamResponse;
  readonly journal: CallJournal;
  /** Set when AWS does not accept the recorder's own credentials: there is nothing to record then. */
  readonly refusal: RecorderError | undefined;
  /** Whether it goes on when the client has left. */
  readonly finishes: boolean;
  /** Aborted when it is to end at once. */
  readonly cancel: AbortSignal | undefined;
}

function cancelOf(left: AbortSignal | undefined, stop: AbortSignal | undefined): AbortSignal | undefined {
  return left && stop ? AbortSignal.any([left, stop]) : (left ?? stop);
}

async function answer({ request, response, journal, refusal, finishes, cancel }: Call): Promise<Reply> {
  const trailers = () => endToEnd(response.trailers());
  const end = (how: End["how"], clientLeft: boolean) => {
    response.close();
    if (refusal) journal.failed(refusal);
    else journal.end(how, { http: response.httpVersion, ...(clientLeft ? { clientLeft } : {}) }, trailers());
  };
  const { chunks } = response;
  const head = { status: response.status, headers: endToEnd(response.headers) };
  if (request.method === "HEAD" || hasNoBody(head.status)) {
    // No body follows, so nobody would read to the end.
    for await (const chunk of chunks) await journal.chunk(chunk);
    end("eof", false);
    return { ...head, body: [] };
  }
  const steps = new RelayedSteps({ chunks, finishes, cancel, end, record: (chunk) => journal.chunk(chunk) });
  return {
    status: head.status,
    headers: unbuffered(head.headers),
    trailers,
    body: { [Symbol.asyncIterator]: () => steps },
  };
}
