import { BodyReader } from "../body-reader.ts";
import { ServiceError } from "../errors.ts";
import { headerValue, headerValues } from "../header-value.ts";
import { checkHead, hasNoBody } from "../reply-check.ts";
import type { Delay, HeaderLine, Reply, Service, ServiceRequest } from "../service.ts";
import { release } from "../steps.ts";
import type { Exchange } from "./exchange.ts";
import { hostOf } from "./host-check.ts";
import { plainReply } from "./plain-reply.ts";
import { readBody } from "./read-body.ts";

/** What every exchange of one server needs. */
export interface AnswerContext {
  readonly service: Service;
  readonly delay: Delay;
  readonly maxBodyBytes: number;
  readonly allowsHost: (host: string) => boolean;
  readonly onError: (error: unknown, request: ServiceRequest) => void;
}

/** Takes one request through the service and writes the reply. Never rejects. */
export async function answer(exchange: Exchange, context: AnswerContext): Promise<void> {
  // An error after the client has gone is nobody's: the body was told to stop.
  const gone = new AbortController();
  void abortWhenGone(exchange, gone);

  const refusal = refuse(exchange, context);
  if (refusal) return send(exchange, refusal, gone.signal, context.delay);

  if (exchange.expectsContinue) exchange.sendContinue();
  const body = await readBody(exchange.source, context.maxBodyBytes);
  if (body === "gone") return;
  if (body === "too large") return send(exchange, tooLarge(context), gone.signal, context.delay);

  const { method, target, headers } = exchange;
  const request: ServiceRequest = { method, target, headers, body, signal: gone.signal };
  const report = (error: unknown) => {
    if (!gone.signal.aborted) context.onError(error, request);
  };

  let reply: Reply;
  try {
    reply =
      (await context.service.handle(request)) ??
      plainReply(404, `No service here answers ${method} ${target.replace(/\?.*/s, "")}`);
    checkHead(reply);
  } catch (error) {
    report(error);
    return send(exchange, failure(error), gone.signal, context.delay);
  }
  try {
    await send(exchange, reply, gone.signal, context.delay);
  } catch (error) {
    report(error);
    // Before the head is out there is still a way to say what happened; after it, only a broken connection is honest.
    if (error instanceof ServiceError && error.code === "reply_header") {
      void release(reply.body);
      return send(exchange, failure(error), gone.signal, context.delay);
    }
    exchange.reset();
  }
}

async function abortWhenGone(exchange: Exchange, gone: AbortController): Promise<void> {
  const complete = await exchange.closed;
  if (!complete) gone.abort(new DOMException("The client has gone", "AbortError"));
}

/** Writes a reply: the head at once, then one write a step, each when the connection has taken the one before. */
async function send(exchange: Exchange, reply: Reply, gone: AbortSignal, delay: Delay): Promise<void> {
  const bodyless = exchange.method === "HEAD" || hasNoBody(reply.status);
  if (gone.aborted) return release(reply.body);
  try {
    exchange.sendHead(reply.status, linesOf(reply), bodyless);
  } catch (cause) {
    throw new ServiceError("reply_header", `A reply has header lines that cannot be sent: ${String(cause)}`, { cause });
  }
  if (bodyless) {
    exchange.end();
    return release(reply.body);
  }

  const declared = headerValue(reply.headers, "content-length");
  const reader = new BodyReader(reply.body, delay);
  const leave = () => void reader.cancel(gone.reason);
  gone.addEventListener("abort", leave, { once: true });
  try {
    let sent = 0;
    for (;;) {
      const step = await reader.next();
      if (step === undefined) break;
      if (!(step instanceof Uint8Array)) {
        exchange.reset();
        return;
      }
      sent += step.byteLength;
      if (declared !== undefined && sent > Number(declared)) throw wrongLength(declared, `${String(sent)} or more`);
      if (!(await exchange.write(step))) {
        await reader.cancel();
        return;
      }
    }
    if (gone.aborted) return;
    if (declared !== undefined && sent !== Number(declared)) throw wrongLength(declared, String(sent));
    exchange.end();
  } catch (error) {
    await reader.cancel(error);
    throw error;
  } finally {
    gone.removeEventListener("abort", leave);
  }
}

/** RFC 9110, 8.6: no length goes with a status that never has a body. A 304 may have the one of a 200. */
function linesOf({ status, headers }: Reply): readonly HeaderLine[] {
  const lengthless = status === 204 || status === 205;
  return lengthless ? headers.filter(([name]) => name.toLowerCase() !== "content-length") : headers;
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

function failure(error: unknown): Reply {
  return plainReply(500, `The service failed: ${String(error)}`);
}

function wrongLength(declared: string, sent: string): ServiceError {
  return new ServiceError("reply_length", `A reply's body has ${sent} bytes; its content-length line says ${declared}`);
}
