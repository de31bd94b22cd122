import * as emulator from "@eventstream-kit/lambda-emulator";
import type { EmulatedLambda, LambdaOptions } from "@eventstream-kit/lambda-emulator";
import type { Reply, Service, ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";

/** Lines that a transport may add to those of the reply. */
const transportLines = /^(date|connection|keep-alive|transfer-encoding|content-length)$/i;

/** Says that no service answered, which a transport would put into words of its own. */
const nobody: Reply = { status: 599, headers: [["Content-Length", "0"]], body: [] };

/** How many requests of the emulator's tests have gone over the transport. */
export const traffic = { requests: 0 };

/** How a request reaches a service, and its answer comes back. */
export type Send = (request: ServiceRequest) => Promise<Reply>;

/** An emulated Lambda whose `handle` goes the long way: over a transport, to itself. */
export function lambdaOver(options: LambdaOptions, connect: (service: Service) => Send): EmulatedLambda {
  const lambda = emulator.createLambda(options);
  const sent = new Map<string | undefined, Reply>();
  const send = connect({
    async handle(request) {
      const reply = await lambda.handle(request);
      if (reply) sent.set(headerValue(reply.headers, "x-amzn-requestid"), reply);
      return reply ?? nobody;
    },
  });
  return {
    ...lambda,
    async handle(request) {
      traffic.requests++;
      const received = await send(request);
      if (received.status === nobody.status) return undefined;
      const own = sent.get(headerValue(received.headers, "x-amzn-requestid"))?.headers ?? [];
      const headers = received.headers.filter(
        ([name]) => !transportLines.test(name) || headerValue(own, name) !== undefined,
      );
      return { ...received, headers };
    },
  };
}
