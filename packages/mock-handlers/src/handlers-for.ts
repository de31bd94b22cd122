import type { Delay, Reply, Service } from "@eventstream-kit/service";
import { firstOf, serviceRequestFrom, toResponse } from "@eventstream-kit/service";
import type { HttpHandler } from "msw";
import { http } from "msw";
import { checkOptions } from "./check-options.ts";
import { MockHandlersError } from "./errors.ts";
import { framed } from "./framing.ts";
import { Turns } from "./turns.ts";
import { watched } from "./watched-body.ts";

/** How a service is put behind msw. */
export interface HandlersOptions {
  /**
   * Which requests the service is asked about at all. Default: every one. A service is asked with the whole body
   * read, so in a server that mocks large or endless uploads too, let this look at the URL first.
   */
  readonly match?: (request: Request) => boolean;
  /**
   * Answer one request only, as msw's own `{ once: true }`; `server.restoreHandlers()` allows one more. Of several
   * requests at the same moment the others wait until it is known whether the first is answered. Default `false`.
   */
  readonly once?: boolean;
  /** How waits wait. Default: `setTimeout`, so a test's fake timers drive a stream. */
  readonly delay?: Delay;
  /** Told what a reply's body threw: the client sees only a broken connection. Default: `console.error`. */
  readonly onError?: (error: unknown, request: Request) => void;
}

/**
 * msw handlers for a service, or for the first of several that answers. Spread them into `setupServer` or
 * `server.use`.
 *
 * A request that no service answers was not handled at all: msw asks its other handlers, then applies its policy for
 * unhandled requests.
 *
 * What msw cannot show: to `fetch`, duplicate header lines are merged with a comma (`set-cookie` excepted) and header
 * names are lower case; and a reset is an errored body, not a TCP reset. Use `serve()` of `@eventstream-kit/service/node` for
 * these. On msw 2 a service is not told that the client has gone.
 *
 * @throws MockHandlersError `handlers` when there is no service, `option` for an option that there is not.
 */
export function handlersFor(service: Service | readonly Service[], options: HandlersOptions = {}): HttpHandler[] {
  checkServices(service);
  checkOptions("handlersFor", options, { match: "function", ...optionsBehindMsw });
  const { match, once = false, onError = reportTo(console) } = options;
  const asked = firstOf(service);
  const turns = new Turns();
  const answers = new WeakMap<Request, { readonly reply: Reply; readonly endTurn: () => void }>();

  const ask = async (request: Request): Promise<Reply | undefined> => {
    const readable = request.bodyUsed ? request : request.clone();
    return asked.handle({ ...(await serviceRequestFrom(readable)), signal: request.signal });
  };

  const handler: HttpHandler = http.all(
    // The predicate does the asking: for msw, a handler that matched and answers `undefined` has handled the request, which
    // then goes to the network without a word.
    async ({ request }) => {
      if (match?.(request) === false) return false;
      // Asking has effects: a function runs, and is recorded. So with `once` nobody is asked for an answer that msw would drop.
      const endTurn = once ? await turns.take() : () => {};
      try {
        const reply = once && handler.isUsed ? undefined : await ask(request);
        if (reply) answers.set(request, { reply, endTurn });
        else endTurn();
        return reply !== undefined;
      } catch (error) {
        endTurn();
        throw error;
      }
    },
    ({ request }) => {
      const { reply, endTurn } = answers.get(request)!;
      endTurn(); // Only now has msw marked the handler as used.
      const report = (error: unknown) => {
        if (!request.signal.aborted) onError(error, request);
      };
      return toResponse(framed({ ...reply, body: watched(reply.body, report) }, request.method), {
        signal: request.signal,
        ...(options.delay ? { delay: options.delay } : {}),
      });
    },
    { once },
  );
  return [handler];
}

/** Of all functions that make handlers for a service. */
export const optionsBehindMsw = { once: "boolean", delay: "function", onError: "function" } as const;

/** The default `onError`. */
function reportTo(log: Pick<Console, "error">) {
  return (error: unknown, request: Pick<Request, "method" | "url">) =>
    log.error(`The mocked answer to ${request.method} ${request.url} broke:`, error);
}

function checkServices(service: unknown): void {
  const services: readonly unknown[] = Array.isArray(service) ? service : [service];
  if (services.length > 0 && services.every(isService)) return;
  const found = services.length === 0 ? "an empty list" : typeof services.find((one) => !isService(one));
  throw new MockHandlersError("handlers", `handlersFor was given ${found}; expected a service or a list of services`);
}

function isService(one: unknown): boolean {
  return typeof (one as { handle?: unknown } | undefined)?.handle === "function";
}
