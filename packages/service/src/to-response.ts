import { BodyReader } from "./body-reader.ts";
import { ServiceError } from "./errors.ts";
import { isBytes } from "./is-bytes.ts";
import { checkHead, hasNoBody } from "./reply-check.ts";
import type { Delay, Reply } from "./service.ts";
import { release } from "./steps.ts";

export interface ToResponseOptions {
  /** How waits wait. Default: `setTimeout`. */
  readonly delay?: Delay;
  /** Aborted when the client has gone: the stream errors with its reason and the reply's body is told to stop. */
  readonly signal?: AbortSignal;
}

/**
 * A reply as a `Response`, for fetch handlers and msw.
 *
 * - One step of bytes is one chunk of the stream, a copy of its own: receivers may keep or change it. A step is taken
 *   only when somebody reads (`highWaterMark: 0`), so back-pressure reaches the body wherever the receiver applies it.
 * - A reset errors the stream with a {@link ServiceError} `connection_reset`, whose cause has the code `ECONNRESET`. It
 *   comes out of `pull`, after the chunks before it were taken, so they still arrive.
 * - `cancel()` of the stream calls the body's `return()`.
 * - 204, 205 and 304 have no body.
 *
 * What a `Response` cannot show: order, letter case and duplicates of header lines. `Headers` lower-cases names, sorts
 * them and joins the values of one name with a comma; only `set-cookie` lines stay apart (and browsers drop those). Nor
 * can it show trailers, which fetch never does.
 *
 * @throws ServiceError `reply_status` or `reply_header` when the reply cannot be a response.
 */
export function toResponse(reply: Reply, options: ToResponseOptions = {}): Response {
  checkHead(reply);
  const init = {
    status: reply.status,
    headers: new Headers(reply.headers.map(([name, value]): [string, string] => [name, value])),
  };
  if (hasNoBody(reply.status)) {
    void release(reply.body);
    return new Response(null, init);
  }

  const { signal } = options;
  const reader = new BodyReader(reply.body, options.delay);
  let onAbort: (() => void) | undefined;
  const finish = () => {
    if (onAbort) signal?.removeEventListener("abort", onAbort);
  };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        if (!signal) return;
        onAbort = () => {
          controller.error(signal.reason);
          void reader.cancel(signal.reason);
        };
        if (signal.aborted) onAbort();
        else signal.addEventListener("abort", onAbort, { once: true });
      },
      async pull(controller) {
        try {
          const step = await reader.next();
          if (isBytes(step)) {
            controller.enqueue(new Uint8Array(step));
            return;
          }
          finish();
          if (step) throw connectionReset();
          if (!signal?.aborted) controller.close();
        } catch (error) {
          finish();
          throw error;
        }
      },
      async cancel(reason) {
        finish();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, init);
}

/** With the code of Node's own errors as its cause, by which the AWS SDK knows what it may try again. */
function connectionReset(): ServiceError {
  const cause = Object.assign(new Error("The connection was reset"), { code: "ECONNRESET" });
  return new ServiceError("connection_reset", "The service reset the connection inside the reply's body", { cause });
}
