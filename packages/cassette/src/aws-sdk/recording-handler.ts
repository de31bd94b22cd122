import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { HeaderLine } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import type { Exchange, LongExchange } from "../cassette.ts";
import type { Recorder, Recording } from "../create-recorder.ts";
import { relayBody } from "./relayed-body.ts";
import type { CallFacts, SdkConfig, SdkRequestHandler, SdkResponse, SendOptions, StandIn } from "./sdk-client.ts";
import { serviceRequestOf } from "./sdk-request.ts";
import { version } from "./version.ts";

/** A call that is recorded. */
export interface ClientCall<E extends LongExchange = Exchange> {
  /** Such as `lambda:InvokeWithResponseStream`. */
  readonly op: string | undefined;
  /** Set when the call is over, unless there is nothing to record of it. */
  exchange?: E;
  /** What went wrong with recording it. The call itself had no part in that. */
  failure?: unknown;
}

/** A call whose answer is still coming. */
export interface OpenCall {
  /** Resolves when its exchange is there. */
  readonly over: Promise<void>;
  /** Nobody reads the answer any more: it is recorded to its end all the same. */
  drain(): void;
  /** Closes the connection. */
  cancel(): void;
  /** From now on, it is the client's doing when the answer does not come to its end. */
  leave(): void;
}

export interface Journal<E extends LongExchange> {
  /** A request is about to be sent. Calls are in the order in which this is called. `opened` or `unanswered` follows. */
  started(call: ClientCall<E>, facts: CallFacts): void;
  /** It gets no answer. */
  unanswered(call: ClientCall<E>): void;
  /** Its answer has begun. */
  opened(call: ClientCall<E>, open: OpenCall): void;
}

/**
 * Sends requests with the client's own handler and records what comes back. Each attempt of a call is one of its own. One
 * that gets no answer at all (no connection, a timeout before the head) leaves nothing to record.
 */
export function recordingHandler<E extends LongExchange>(
  own: SdkRequestHandler,
  config: SdkConfig,
  recorder: Recorder<E>,
  journal: Journal<E>,
): StandIn {
  const open = new Set<OpenCall>();
  return {
    async handle(request, options, facts) {
      const sent = await serviceRequestOf(request);
      const call: ClientCall<E> = { op: opOf(config, facts) };
      journal.started(call, facts);
      const recording = unharmed(call, () => recorder.start(sent));
      let output: { readonly response: SdkResponse };
      try {
        output = await own.handle(request, options);
      } catch (error) {
        recording?.discard();
        journal.unanswered(call);
        throw error;
      }
      // The recording did not wait for it.
      if (call.failure !== undefined) recording?.discard();
      const { response } = output;
      const opened = relayed(call, recording, { response, options, facts });
      open.add(opened);
      void opened.over.then(() => open.delete(opened));
      journal.opened(call, opened);
      return output;
    },
    destroyed() {
      for (const call of open) call.leave();
    },
  };
}

interface Answered {
  readonly response: SdkResponse;
  readonly options: SendOptions;
  readonly facts: CallFacts;
}

/** Puts a body that is recorded where the response's own was. */
function relayed<E extends LongExchange>(
  call: ClientCall<E>,
  recording: Recording<E> | undefined,
  { response, options, facts }: Answered,
): OpenCall {
  let aborted = false;
  let left = false;
  let resolve!: () => void;
  const over = new Promise<void>((settle) => (resolve = settle));

  const guarded = (work: (recording: Recording<E>) => void) => {
    if (!recording || call.failure !== undefined) return;
    unharmed(call, () => work(recording));
    if (call.failure !== undefined) recording.discard();
  };
  const { body } = response;
  const meta = {
    recorder: `eventstream-kit/${version()}`,
    recordedAt: new Date().toISOString(),
    ...(facts.region === undefined ? {} : { region: facts.region }),
    ...wireOf(body),
  };
  const trailers = trailersOf(body);
  guarded((open) => open.head({ status: response.statusCode, headers: headersOf(response) }));
  const tapped = relayBody(body, {
    chunk: (bytes, paused) => guarded((open) => open.chunk(bytes, { paused })),
    over(how) {
      // HTTP/2 ends a stream that is aborted as if it had come to its end.
      const byClient = aborted || (left && how !== "eof");
      guarded((open) => (call.exchange = open.end(byClient ? "client-abort" : how, meta, trailers())));
      resolve();
    },
  });
  response.body = tapped.body;
  const { abortSignal } = options;
  if (abortSignal instanceof AbortSignal) {
    const abort = () => (aborted = true);
    abortSignal.addEventListener("abort", abort, { once: true });
    void over.then(() => abortSignal.removeEventListener("abort", abort));
  }
  return { over, drain: tapped.drain, cancel: tapped.cancel, leave: () => void (left = true) };
}

/** What goes wrong with recording never harms the call. After a failure there is nothing more to record of it. */
function unharmed<T>(call: ClientCall<LongExchange>, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    call.failure = error;
    return undefined;
  }
}

/** `lambda:InvokeWithResponseStream`, of a service id such as `Lambda` or `Bedrock Runtime`. */
function opOf({ serviceId }: SdkConfig, { operation }: CallFacts): string | undefined {
  if (serviceId === undefined || operation === undefined) return undefined;
  return `${serviceId.toLowerCase().replaceAll(" ", "-")}:${operation}`;
}

/** Over which HTTP a body comes, and what a chunk of it is. */
function wireOf(body: unknown): { readonly http?: string; readonly boundary: string } {
  if (!(body instanceof Readable)) return { boundary: "fetch:read" };
  const { httpVersion } = body as Partial<IncomingMessage>;
  return httpVersion === undefined
    ? { http: "2", boundary: "http2:data" }
    : { http: httpVersion, boundary: "node:data" };
}

/** Header lines as on the wire where they are still to be had; else what the SDK was given. */
function headersOf({ headers, body }: SdkResponse): readonly HeaderLine[] {
  const { rawHeaders } = (body ?? {}) as Partial<IncomingMessage>;
  if (rawHeaders) return linesOf(rawHeaders);
  const lines = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
  const encoding = headerValue(lines, "content-encoding");
  if (encoding === undefined || body instanceof Readable) return lines;
  // `fetch` has undone the encoding already: the chunks are those of the content.
  return lines.filter(([name]) => !/^content-(encoding|length)$/i.test(name));
}

/**
 * Gives the header lines that came behind a body, when that has come to its end: `node:http` has them then, `node:http2` tells them
 * before. `fetch` has none.
 */
function trailersOf(body: unknown): () => readonly HeaderLine[] {
  if (!(body instanceof Readable)) return () => [];
  let told: readonly string[] = [];
  body.once("trailers", (_fields: unknown, _flags: unknown, raw: readonly string[]) => (told = raw));
  return () => linesOf((body as Partial<IncomingMessage>).rawTrailers ?? told);
}

function linesOf(raw: readonly string[]): readonly HeaderLine[] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1]!] as const] : []));
}
