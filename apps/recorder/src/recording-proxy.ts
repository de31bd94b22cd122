import { createHash } from "node:crypto";
import {
  CassetteError,
  createRecorder,
  type End,
  type Exchange,
  type ItemStore,
  type LongExchange,
  type RecorderOptions,
  type Recording,
  type RedactionOptions,
} from "@eventstream-kit/cassette";
import {
  headerValue,
  type HeaderLine,
  type Reply,
  type Service,
  type ServiceRequest,
  type Step,
} from "@eventstream-kit/service";
import { nameOfRequest, type CallName } from "./call-name.ts";
import type { CredentialProvider } from "./credentials.ts";
import { credentialsRefusal } from "./credentials-refusal.ts";
import { messageOf, RecorderError } from "./errors.ts";
import { endToEnd } from "./header-lines.ts";
import { loopGuard } from "./loop-guard.ts";
import { refusalReply } from "./refusal-reply.ts";
import { resign } from "./resign.ts";
import { signingScope } from "./signing-scope.ts";
import { upstreamFor, type AddressOptions } from "./upstream-address.ts";
import { sendUpstream, type UpstreamChunk, type UpstreamResponse } from "./upstream.ts";
import { version } from "./version.ts";

/** Told about one call. All members are optional: take what you need. */
export interface CallObserver<E extends LongExchange = Exchange> {
  /** The response has begun. */
  head?(response: { readonly status: number; readonly headers: readonly HeaderLine[] }): void;
  /** A piece of the response has been passed on, or was about to be when the call ended. */
  chunk?(bytes: Uint8Array): void;
  /** The call is over, and this is what a cassette holds of it. */
  recorded?(exchange: E): void;
  /** There is nothing to record: refused, not reached, or refused by AWS for the recorder's own credentials. */
  failed?(error: RecorderError): void;
}

export interface RecordingProxyOptions<E extends LongExchange = Exchange> extends AddressOptions {
  /** What requests are signed with. Asked for every request. */
  readonly credentials: CredentialProvider;
  /** Region to call. Default: the one the client signed for. */
  readonly region?: string;
  /** What is masked in recordings. Default: what the built-in rules find. `false`: nothing. */
  readonly redact?: RedactionOptions | false;
  /** Called at the start of each call. */
  readonly observe?: (call: CallName, request: ServiceRequest) => CallObserver<E>;
  /** For signatures and `meta.recordedAt`. Default: the system's clock. */
  readonly now?: () => Date;
  /** A monotonic clock in milliseconds, for chunk times. Default: `performance.now`. */
  readonly clock?: () => number;
}

/** Larger bodies are not what Lambda takes: the limit of a synchronous invocation is 6 MiB. */
export const maxRequestBytes = 6 * 1024 * 1024 + 1024;

/**
 * The recorder as a service: signs each request again with its own credentials, sends it to AWS, and relays the answer
 * chunk by chunk the moment it arrives, with the client's back-pressure. Serve it on loopback and point an SDK at it.
 *
 * An upstream that breaks off breaks the client's connection. A client that leaves cancels the upstream call. What goes
 * wrong with recording never harms the relay. Calls are held in memory.
 */
export function createRecordingProxy(options: RecordingProxyOptions): Service;
/**
 * The same for calls that are too long for memory.
 *
 * @param store makes what holds a call while it is recorded, such as `spool` of `@eventstream-kit/cassette/node`. Who is told of
 *   the call discards it.
 */
export function createRecordingProxy(options: RecordingProxyOptions<LongExchange>, store: () => ItemStore): Service;
export function createRecordingProxy(options: RecordingProxyOptions<LongExchange>, store?: () => ItemStore): Service {
  const { now = () => new Date(), clock = () => performance.now() } = options;
  const loops = loopGuard();

  async function send(request: ServiceRequest): Promise<Call> {
    const received = signingScope(request);
    const scope = { ...received, region: options.region ?? received.region };
    const url = upstreamFor(scope, request.target, options);
    loops.check(request);
    const target = url.pathname.replace(/\/$/, "") + request.target;
    const credentials = await options.credentials();
    const headers = await resign(
      { ...request, target },
      { ...scope, credentials, date: now(), host: url.host, secure: url.protocol === "https:" },
    );
    let at = clock();
    const settings: RecorderOptions = {
      now: () => at,
      sha256: () => createHash("sha256"),
      ...(options.redact === undefined ? {} : { redact: options.redact }),
      meta: {
        recorder: `eventstream/${version()}`,
        recordedAt: now().toISOString(),
        region: scope.region,
        boundary: "node:data",
        ...attemptOf(request.headers),
      },
    };
    const guard = new Guard();
    const recording = guard.run(() => {
      const recorder = store ? createRecorder(settings, store) : createRecorder(settings);
      return recorder.start(request);
    });
    const response = await sendUpstream({
      url,
      method: request.method,
      target,
      headers: loops.mark(headers, url),
      body: request.body,
      clock,
      ...(request.signal ? { signal: request.signal } : {}),
    });
    const refusal = credentialsRefusal(response, credentials.source, now());
    const call: Call = { request, response, recording, guard, refusal, setTime: (time) => (at = time) };
    call.setTime(response.at);
    guard.run(() => recording?.head(response));
    return call;
  }

  return {
    async handle(request) {
      const observer = options.observe?.(nameOfRequest(request), request) ?? {};
      try {
        const call = await send(request);
        call.guard.run(() => observer.head?.(call.response));
        return await relay(call, observer);
      } catch (cause) {
        const error = cause instanceof RecorderError ? cause : unexpected(cause);
        observer.failed?.(error);
        return refusalReply(error);
      }
    },
  };
}

/** What goes wrong with recording never harms the relay. After the first failure there is nothing more to record of a call. */
class Guard {
  failure: RecorderError | undefined;

  run<T>(work: () => T): T | undefined {
    if (this.failure) return undefined;
    try {
      return work();
    } catch (cause) {
      this.failure = unexpected(cause);
      return undefined;
    }
  }
}

interface Call {
  readonly request: ServiceRequest;
  readonly response: UpstreamResponse;
  /** Undefined when it could not be started. */
  readonly recording: Recording<LongExchange> | undefined;
  readonly guard: Guard;
  /** Set when AWS does not accept the recorder's own credentials: there is nothing to record then. */
  readonly refusal: RecorderError | undefined;
  /** What the recording takes for the present: chunks are timed when they arrive, not when they are passed on. */
  setTime(time: number): void;
}

async function relay(call: Call, observer: CallObserver<LongExchange>): Promise<Reply> {
  const { request, response, recording, guard, refusal } = call;
  let finished = false;

  /** Whatever happens first decides how the exchange ended. */
  const finish = (how: End["how"]) => {
    if (finished) return;
    finished = true;
    response.close();
    catchUp();
    if (!refusal) {
      guard.run(() => {
        if (recording) observer.recorded?.(recording.end(how, { http: response.httpVersion }));
      });
    }
    const failure = refusal ?? guard.failure;
    if (!failure) return;
    try {
      recording?.discard();
    } catch {
      // What went wrong first is what is told.
    }
    observer.failed?.(failure);
  };

  const record = (chunk: UpstreamChunk) => {
    call.setTime(chunk.at);
    guard.run(() => {
      recording?.chunk(chunk.bytes, { paused: chunk.paused });
      observer.chunk?.(chunk.bytes);
    });
  };

  /** What has come and is not recorded yet: the client is served first. */
  let fresh: UpstreamChunk | undefined;
  const catchUp = () => {
    if (fresh) record(fresh);
    fresh = undefined;
  };

  async function* steps(): AsyncGenerator<Step, void, undefined> {
    let how: End["how"] = "client-abort";
    try {
      for await (const chunk of response.chunks) {
        fresh = chunk;
        yield chunk.bytes;
        catchUp();
      }
      how = "eof";
    } catch {
      if (!request.signal?.aborted) how = "reset";
    } finally {
      finish(how);
    }
    // Never a clean end: the client must not take a part for the whole.
    if (how === "reset") yield { kind: "reset" };
  }

  const head = { status: response.status, headers: endToEnd(response.headers) };
  if (request.method === "HEAD" || head.status === 204 || head.status === 304) {
    // No body follows, so nobody would read to the end.
    for await (const chunk of response.chunks) record(chunk);
    finish("eof");
    return { ...head, body: [] };
  }

  request.signal?.addEventListener("abort", () => finish("client-abort"), { once: true });
  const iterator = steps();
  return {
    ...head,
    body: {
      [Symbol.asyncIterator]: () => ({
        next: () => iterator.next(),
        // Also when nothing was read yet, which a generator does not notice.
        return: () => {
          finish("client-abort");
          return iterator.return();
        },
      }),
    },
  };
}

/** `amz-sdk-request: attempt=2; max=3`: a retry is an exchange of its own, and says so. */
function attemptOf(headers: readonly HeaderLine[]): { attempt?: number } {
  const [, attempt] = /\battempt=(\d{1,3})\b/.exec(headerValue(headers, "amz-sdk-request") ?? "") ?? [];
  return attempt === undefined || attempt === "1" ? {} : { attempt: Number(attempt) };
}

function unexpected(cause: unknown): RecorderError {
  const isUnmasked = cause instanceof CassetteError && cause.code === "redaction";
  return new RecorderError(isUnmasked ? "secret_found" : "write_failed", `Recording failed: ${messageOf(cause)}`, {
    cause,
  });
}
