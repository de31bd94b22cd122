import type { RequestHandler } from "msw";
import { setupServer } from "msw/node";
import { onTestFinished } from "vitest";

/** An msw server that listens until the test ends. A request that no handler answers is an error. */
export function listen(...handlers: RequestHandler[]): ReturnType<typeof setupServer> {
  return listenUntil(onTestFinished, handlers);
}

/** The same until something else ends, which is told what to do then. */
export function listenUntil(
  ends: (close: () => void) => void,
  handlers: readonly RequestHandler[],
): ReturnType<typeof setupServer> {
  const server = setupServer(...handlers);
  // msw 3 calls it onUnhandledFrame, msw 2 onUnhandledRequest; each ignores the other's.
  server.listen({ onUnhandledFrame: "error", onUnhandledRequest: "error" } as Parameters<typeof server.listen>[0]);
  ends(() => server.close());
  return server;
}

/** How a client sees that no handler answered: msw 2 names its policy, msw 3 fails the connection. */
export const unhandled = /Cannot bypass|fetch failed/;
