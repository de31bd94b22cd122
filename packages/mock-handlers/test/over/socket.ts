/** Stands in for the emulator's index in its own tests: the same, but every request goes over a socket. */
import type { EmulatedLambda, LambdaOptions } from "@eventstream-kit/lambda-emulator";
import type { RunningServer } from "@eventstream-kit/service/node";
import { serve } from "@eventstream-kit/service/node";
import { afterAll } from "vitest";
import { httpCall } from "./http-call.ts";
import { lambdaOver } from "./over.ts";
import { skipOver } from "./skips.ts";

export * from "@eventstream-kit/lambda-emulator";

skipOver("a socket");

const servers: Promise<RunningServer>[] = [];
afterAll(async () => {
  for (const server of servers.splice(0)) await (await server).close();
});

export function createLambda(options: LambdaOptions): EmulatedLambda {
  return lambdaOver(options, (service) => {
    let server: Promise<RunningServer> | undefined;
    return async (request) => {
      // Requests name the host they mean, which is not this server's.
      if (!server) servers.push((server = serve(service, { graceMs: 0, allowHost: () => true })));
      return httpCall((await server).url, request);
    };
  });
}
