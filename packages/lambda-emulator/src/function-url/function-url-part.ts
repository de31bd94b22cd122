import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import { headerValue, longestWait } from "@eventstream-kit/service";
import { answerInvocation } from "../answer-invocation.ts";
import { paced } from "../bandwidth.ts";
import type { Statement } from "../control-plane/policy.ts";
import type { EmulatorContext, EmulatorPart } from "../emulator-context.ts";
import type { RunningInvocation } from "../invocation.ts";
import { LambdaError, accessDenied, checkRequestSize } from "../lambda-error.ts";
import { requestSignature } from "../signature/request-signature.ts";
import { verifySignature } from "../signature/verify-signature.ts";
import { newTrace } from "../trace-id.ts";
import { urlConfigRoutes } from "../url-configs/operations.ts";
import { UrlConfigStore } from "../url-configs/url-config-store.ts";
import type { UrlConfig } from "../url-configs/url-config.ts";
import { domainName } from "../url-configs/url-config.ts";
import { bufferedResponse } from "./buffered-response.ts";
import { callerOf } from "./caller.ts";
import type { UrlCaller } from "./caller.ts";
import { preflightLines, withCors } from "./cors.ts";
import { permitsUrl } from "./permission.ts";
import { streamResponse } from "./stream-response.ts";
import { urlAddresses } from "./url-address.ts";
import type { UrlAddress } from "./url-address.ts";
import { splitTarget, urlEvent } from "./url-event.ts";
import type { UrlResponse } from "./url-response.ts";
import { urlReply } from "./url-response.ts";

/** The statements of the resource policy of a function, or of one of its aliases. */
export type PolicyFinder = (functionName: string, alias: string | undefined) => readonly Statement[];

/** The operations on function URL configurations, and the URLs themselves. */
export function functionUrlPart(context: EmulatorContext, policies: PolicyFinder): EmulatorPart {
  const store = new UrlConfigStore();
  return {
    routes: urlConfigRoutes(context, store),
    answer: (request) => {
      const addresses = urlAddresses(request);
      return addresses.length === 0 ? undefined : answer(request, addresses, context, store, policies);
    },
    deleted: (functionName) => store.deleteAll(functionName),
    reset: () => store.clear(),
  };
}

const forbidden =
  "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/** Answers a request for a function URL. */
async function answer(
  request: ServiceRequest,
  addresses: readonly UrlAddress[],
  context: EmulatorContext,
  store: UrlConfigStore,
  policies: PolicyFinder,
): Promise<Reply> {
  const requestId = context.requestId();
  try {
    for (const address of addresses) {
      const config = store.findById(address.urlId);
      if (config === undefined || (address.region ?? config.region) !== config.region) continue;
      return await answerFor(config, request, address, requestId, context, policies);
    }
    throw accessDenied(null);
  } catch (error) {
    if (!(error instanceof LambdaError)) throw error;
    const reply = error.toReply(requestId);
    return request.method === "HEAD" ? { ...reply, body: [] } : reply;
  }
}

async function answerFor(
  config: UrlConfig,
  request: ServiceRequest,
  { target, realHost }: UrlAddress,
  requestId: string,
  context: EmulatorContext,
  policies: PolicyFinder,
): Promise<Reply> {
  const trace = newTrace(context.now(), () => context.random(), headerValue(request.headers, "x-amzn-trace-id"));
  const reply = (response: UrlResponse) =>
    urlReply(response, { method: request.method, requestId, traceId: trace.outbound });

  // A browser cannot sign a preflight, so it is answered before anything is asked of the caller.
  const preflight = config.cors && preflightLines(request, config.cors);
  if (preflight)
    return reply({ status: 200, contentType: "application/json", lines: preflight, body: new Uint8Array() });

  const entry = context.functions.find(config.functionName);
  const version = entry && context.functions.resolveVersion(entry, config.alias);
  if (entry === undefined || version === undefined) throw accessDenied(forbidden);
  const caller = config.authType === "AWS_IAM" ? await signerOf(request, target, config, context) : undefined;
  const access = { authType: config.authType, caller, both: context.switches.urlPermissions === "modelled" };
  if (context.enforcePermissions && !permitsUrl(policies(config.functionName, config.alias), access)) {
    throw accessDenied(forbidden);
  }
  checkRequestSize(request.body, context.limits.requestBytes);

  const event = urlEvent({
    request,
    target,
    domainName: realHost ?? domainName(config),
    requestId,
    traceId: trace.inbound(),
    now: context.now(),
    ...(caller && { caller }),
  });
  const { functionName, functionArn: invokedFunctionArn } = config;
  const input = { requestId, functionName, version, invokedFunctionArn, event, traceId: trace.outbound };
  return answerInvocation(context, request, entry, input, async (running) => {
    const response =
      config.invokeMode === "RESPONSE_STREAM"
        ? await streamed(running, context)
        : await bufferedResponse(running, context.limits.bufferedResponseBytes);
    if (!config.cors) return reply(response);
    const lines = withCors(response.lines, headerValue(request.headers, "origin"), config.cors);
    return reply({ ...response, lines });
  });
}

/**
 * Who signed a request for an `AWS_IAM` URL. Whether the signature is right can only be said of credentials that were given.
 *
 * @param target as the function URL sees it: a client that does not know of the path form has signed this one
 * @throws {LambdaError} when nobody did, or the signature is wrong
 */
async function signerOf(
  request: ServiceRequest,
  target: string,
  { region }: UrlConfig,
  context: EmulatorContext,
): Promise<UrlCaller> {
  const { credentials, accountId } = context;
  const signature = requestSignature(request, splitTarget(target)[1]);
  if (signature === undefined) throw accessDenied(forbidden);
  if (credentials !== undefined) {
    const targets = [...new Set([request.target, target])];
    await verifySignature({ ...request, targets }, signature, { credentials, region, now: context.now() });
  }
  return callerOf(signature.accessKeyId, accountId);
}

async function streamed(running: RunningInvocation, context: EmulatorContext): Promise<UrlResponse> {
  const limits = { openMs: openMs(context), mostBytes: context.limits.responseStreamBytes };
  const response = await streamResponse(running, limits);
  const { body } = response;
  if (context.switches.bandwidth === "modelled" || !(Symbol.asyncIterator in body)) return response;
  return { ...response, body: paced(body, context.now) };
}

function openMs({ switches, limits }: EmulatorContext): number {
  return switches.emptyUrlStream === "observed" ? Math.min(limits.emptyUrlStreamMs, longestWait) : 0;
}
