import type { EmulatedLambda, LambdaOptions } from "@eventstream-kit/lambda-emulator";
import { createLambda } from "@eventstream-kit/lambda-emulator";
import type { Service, ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import type { HttpHandler } from "msw";
import { checkOptions } from "./check-options.ts";
import type { HandlersOptions } from "./handlers-for.ts";
import { handlersFor, optionsBehindMsw } from "./handlers-for.ts";

/** How an emulated Lambda is put behind msw. */
export type LambdaHandlersOptions = Omit<HandlersOptions, "match">;

/*
 * Where Lambda's operations on functions are: at any host, since custom endpoints, partitions and endpoint flavours
 * (FIPS, dual-stack) all have their own, and after any base path of a custom endpoint.
 */
const operationPath = /\/(?:2015-03-31|2017-10-31|2019-09-30|2021-10-31|2021-11-15)\/functions(?=\/|$)/;
const functionUrlHost = /^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/;

/**
 * msw handlers for an emulated Lambda: `InvokeWithResponseStream`, `Invoke`, the control plane, and the function URLs
 * themselves. Takes what `createLambda` takes, or an emulator, so that a test can read its
 * `invocations`.
 *
 * The requests asked about are those whose path has `/2015-03-31/functions`, `/2017-10-31/functions`,
 * `/2019-09-30/functions`, `/2021-10-31/functions` or `/2021-11-15/functions` in it, on any host and after any base path,
 * and everything on `https://<id>.lambda-url.<region>.on.aws`. All others are left alone.
 *
 * @throws LambdaEmulatorError for what `createLambda` refuses.
 * @throws MockHandlersError `option` for an option that there is not.
 */
export function lambdaHandlers(
  source: LambdaOptions | EmulatedLambda,
  options: LambdaHandlersOptions = {},
): HttpHandler[] {
  checkOptions("lambdaHandlers", options, optionsBehindMsw);
  const lambda = isEmulator(source) ? source : createLambda(source);
  const service: Service = { handle: (request) => lambda.handle(withoutBasePath(request)) };
  return handlersFor(service, { ...options, match: ({ url }) => isLambda(new URL(url)) });
}

/** What is neither options nor an emulator, `createLambda` refuses. */
function isEmulator(source: LambdaOptions | EmulatedLambda): source is EmulatedLambda {
  return typeof source === "object" && source !== null && "handle" in source;
}

function isLambda({ hostname, pathname }: URL): boolean {
  return functionUrlHost.test(hostname) || operationPath.test(pathname);
}

/** The emulator's paths begin at the host. What a function URL is asked for is its own business. */
function withoutBasePath(request: ServiceRequest): ServiceRequest {
  const host = headerValue(request.headers, "host") ?? "";
  const at = functionUrlHost.test(host.replace(/:\d+$/, "")) ? 0 : pathOf(request.target).search(operationPath);
  return at > 0 ? { ...request, target: request.target.slice(at) } : request;
}

function pathOf(target: string): string {
  return target.replace(/\?.*$/s, "");
}
