/** Stands in for the emulator's index in its own tests: the same, but every request goes through msw. */
import type { EmulatedLambda, LambdaOptions } from "@eventstream-kit/lambda-emulator";
import { handlersFor } from "@eventstream-kit/mock-handlers";
import type { Service } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import { setupServer } from "msw/node";
import { afterAll } from "vitest";
import { httpCall } from "./http-call.ts";
import { lambdaOver } from "./over.ts";
import { skipOver } from "./skips.ts";

export * from "@eventstream-kit/lambda-emulator";

skipOver("msw");

const server = setupServer();
let listening = false;
afterAll(() => {
  if (listening) server.close();
});

/** Whom the handlers ask now. Tests have one emulator at a time. */
let current: Service | undefined;

function answerBy(service: Service): void {
  // A test's own sockets speak plain HTTP, and are left alone.
  if (!listening) server.listen({ onUnhandledFrame: "bypass", onUnhandledRequest: "bypass" } as object);
  listening = true;
  if (current === service) return;
  current = service;
  server.resetHandlers(...handlersFor(service, { match: ({ url }) => url.startsWith("https:") }));
}

export function createLambda(options: LambdaOptions): EmulatedLambda {
  return lambdaOver(options, (service) => (request) => {
    answerBy(service);
    const host = headerValue(request.headers, "host") ?? "lambda.us-east-1.amazonaws.com";
    return httpCall(`https://${host}`, request);
  });
}
