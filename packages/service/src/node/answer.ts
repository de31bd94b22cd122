import { BodyReader } from "../body-reader.ts";
import { ServiceError } from "../errors.ts";
import { headerValue, headerValues, isName } from "../header-value.ts";
import { checkHead, checkInterim, hasNoBody, trailersOf } from "../reply-check.ts";
import type { Delay, HeaderLine, Reply, Service, ServiceRequest } from "../service.ts";
import { release } from "../steps.ts";
import { BodyPump, breakOff } from "./body-pump.ts";
import type { Exchange } from "./exchange.ts";
import { hostOf } from "./host-check.ts";
import { plainReply } from "./plain-reply.ts";
import { readBody, type BodyLimits } from "./read-body.ts";

/** What every exchange of one server needs. */
export interface AnswerContext extends BodyLimits {
  readonly service: Service;
  readonly delay: Delay;
  readonly allowsHost: (host: string) => boolean;
  readonly onError: (error: unknown, request: ServiceRequest) => void;
}

/** Takes one request through the service and writes the reply. Rejects only with what a callback of the server's owner threw. */
export async function answer(exchange: Exchange, context: AnswerContext): Promise<void> {
  const gone = new AbortController();
  const { signal } = gone;
  let reader: BodyReader | undefined;
  exchange.onClosed((complete) => {
    if (complete) return;
    gone.abort(new DOMException("The client has gone", "AbortError"));
    void reader?.cancel(signal.reason);
  });

  try {
    const refusal = refuse(exchange, context);
    if (refusal) return await sendRefusal(exchange, refusal, signal);

    if (exchange.expectsContinue) exchange.sendContinue();
    const length = headerValue(exchange.headers, "content-length");
    const body = await readBody(exchange.source, length === undefined ? undefined : Number(length), context);
    if (body === "gone") return;
    if (body === "too large") return await sendRefusal(exchange, tooLarge(context), signal);
    if (body === "too slow") return await sendRefusal(exchange, tooSlow(context), signal);

    const { method, target, headers } = exchange;
    const sendInterim = interimSender(exchange);
    const request: ServiceRequest = { method, target, headers, body, signal, sendInterim };
    // An error after the client has gone is nobody's: the body was told to stop.
    const report = (error: unknown) => {
      if (!signal.aborted) context.onError(error, request);
    };

    // Before the head is out there is a way to say what went wrong; after it, only a broken connection is honest.
    let reply: Reply | undefined;
    try {
      reply =
        (await context.service.handle(request)) ??
        plainReply(404, `No service here answers ${method} ${target.replace(/\?.*/s, "")}`);
      if (signal.aborted) return await release(reply.body);
      reader = begin(exchange, reply, context.delay);
    } catch (error) {
      report(error);
      if (reply) void release(reply.body);
      return await sendPlain(exchange, plainReply(500, `The service failed: ${String(error)}`), signal);
    }
    try {
      if (!reader) return await release(reply.body);
      const declared = headerValue(reply.headers, "content-length");
      const trailers = () => sendable(trailersOf(reply), exchange, report);
      await new BodyPump(exchange, reader, { declared, trailers, gone: signal }).run();
    } catch (error) {
      report(error);
      await breakOff(exchange);
    }
  } catch (error) {
    exchange.reset();
    throw error;
  }
}

/** A reply of the server's own: nothing in it can fail. */
async function sendPlain(exchange: Exchange, reply: Reply, gone: AbortSignal): Promise<void> {
  const reader = begin(exchange, reply);
  if (reader) await new BodyPump(exchange, reader, { declared: undefined, trailers: () => [], gone }).run();
}

/** Answers a request whose body has not been read to its end. */
async function sendRefusal(exchange: Exchange, reply: Reply, gone: AbortSignal): Promise<void> {
  await sendPlain(exchange, reply, gone);
  exchange.leaveRest();
}

/** A client that has all of the body is not made to lose it for the sake of the trailers, but they do not go without a word. */
function sendable(
  trailers: readonly HeaderLine[],
  exchange: Exchange,
  report: (error: unknown) => void,
): readonly HeaderLine[] {
  if (trailers.length === 0 || exchange.takesTrailers()) return trailers;
  const names = trailers.map(([name]) => name).join(", ");
  report(
    new ServiceError(
      "reply_trailers",
      `A reply's trailers (${names}) were left out: HTTP/1.0 has none, and HTTP/1.1 none behind a body with a content-length`,
    ),
  );
  return [];
}

/** Sends the head, at once. Gives the reader of the body that is to follow, if one is. */
function begin(exchange: Exchange, reply: Reply, delay?: Delay): BodyReader | undefined {
  // Before node:http looks: what it refuses, it has half prepared already, and would answer the next head with.
  checkHead(reply);
  const bodyless = exchange.method === "HEAD" || hasNoBody(reply.status);
  const reader = bodyless ? undefined : new BodyReader(reply.body, delay);
  try {
    exchange.sendHead(reply.status, linesOf(reply), { bodyless, trailers: !bodyless && reply.trailers !== undefined });
  } catch (cause) {
    throw new ServiceError("reply_header", `A reply has header lines that cannot be sent: ${String(cause)}`, { cause });
  }
  if (bodyless) exchange.end();
  return reader;
}

function interimSender(exchange: Exchange): NonNullable<ServiceRequest["sendInterim"]> {
  return (status, headers) => {
    checkInterim(status, headers);
    try {
      exchange.sendInterim(status, withoutLength(headers));
    } catch (cause) {
      throw new ServiceError("reply_header", `An interim response cannot be sent: ${String(cause)}`, { cause });
    }
  };
}

/** RFC 9110, 8.6: no length goes with a status that never has a body. A 304 may have the one of a 200. */
function linesOf({ status, headers }: Reply): readonly HeaderLine[] {
  const lengthless = status === 204 || status === 205;
  return lengthless ? withoutLength(headers) : headers;
}

function withoutLength(headers: readonly HeaderLine[]): readonly HeaderLine[] {
  return headers.filter(([name]) => !isName(name, "content-length"));
}

/** Why a request is answered without reading its body, if it is. */
function refuse(exchange: Exchange, context: AnswerContext): Reply | undefined {
  if (headerValues(exchange.headers, "host").length > 1) {
    return plainReply(400, "The request has more than one Host line; expected one");
  }
  if (exchange.authority !== undefined && !context.allowsHost(hostOf(exchange.authority))) {
    return plainReply(
      421,
      `This server does not answer for the host ${JSON.stringify(exchange.authority)}; expected a loopback name such as localhost or 127.0.0.1, or a host that the option allowHost lets in`,
    );
  }
  const declared = headerValue(exchange.headers, "content-length");
  return declared !== undefined && Number(declared) > context.maxBodyBytes ? tooLarge(context) : undefined;
}

function tooLarge(context: AnswerContext): Reply {
  return plainReply(413, `The request body is larger than the ${String(context.maxBodyBytes)} bytes this server takes`);
}

function tooSlow(context: AnswerContext): Reply {
  const reply = plainReply(
    408,
    `The request body did not go on for ${String(context.bodyTimeoutMs)} ms, which is as long as this server waits`,
  );
  return { ...reply, headers: [...reply.headers, ["Connection", "close"]] };
}
