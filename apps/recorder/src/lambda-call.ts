import { headerValue, type HeaderLine, type ServiceRequest } from "@eventstream-kit/service";
import type { Credentials } from "./credentials.ts";
import { RecorderError } from "./errors.ts";
import { printable } from "./inspect/printable.ts";
import { resign } from "./resign.ts";
import type { Environment } from "./terminal.ts";
import { checkUpstream, upstreamFor } from "./upstream-address.ts";
import { sendUpstream, type UpstreamRequest, type UpstreamResponse } from "./upstream.ts";

/** One call of a Lambda function by `InvokeWithResponseStream`. */
export interface LambdaCall {
  /** Name, partial ARN or ARN. */
  readonly functionName: string;
  /** Version or alias. */
  readonly qualifier?: string;
  readonly payload: Uint8Array;
  /** Asks for the last 4 KiB of the function's log. */
  readonly logTail?: boolean;
}

/** The request as an SDK makes it, but for its signature. */
export function lambdaRequest({ functionName, qualifier, payload, logTail }: LambdaCall): ServiceRequest {
  const query = qualifier === undefined ? "" : `?Qualifier=${encodeURIComponent(qualifier)}`;
  return {
    method: "POST",
    target: `/2021-11-15/functions/${encodeURIComponent(functionName)}/response-streaming-invocations${query}`,
    headers: [
      ["content-type", "application/octet-stream"],
      ...(logTail ? [["x-amz-log-type", "Tail"] satisfies HeaderLine] : []),
    ],
    body: payload,
  };
}

export interface SendOptions extends Pick<UpstreamRequest, "clock" | "signal" | "idle" | "trust"> {
  readonly region: string;
  readonly credentials: Credentials;
  /** Where to call, with an optional path. Unset: AWS's own endpoint of the region. */
  readonly endpoint?: string;
  /** For the signature. */
  readonly date: Date;
}

/** Signs the request and sends it. Resolves at the response's head, whatever its status. */
export async function sendSigned(request: ServiceRequest, options: SendOptions): Promise<UpstreamResponse> {
  const { region, credentials, endpoint, date, ...sending } = options;
  const scope = { region, service: "lambda" };
  const url = endpoint === undefined ? upstreamFor(scope, request.target) : checkEndpoint(endpoint);
  const target = url.pathname.replace(/\/$/, "") + request.target;
  const signing = { ...scope, credentials, date, host: url.host, secure: url.protocol === "https:" };
  const headers = await resign({ ...request, target }, signing);
  const { method, body } = request;
  return sendUpstream({ url, method, target, headers, body, ...sending });
}

/** An endpoint somebody named may be any https host; plain http stays on this machine. */
export function checkEndpoint(endpoint: string): URL {
  const host = URL.parse(endpoint)?.hostname;
  return checkUpstream(endpoint, host === undefined ? [] : [host]);
}

/** The endpoint that the environment names for Lambda, as all SDKs read it. */
export function configuredEndpoint(env: Environment): string | undefined {
  if (env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.toLowerCase() === "true") return undefined;
  return env["AWS_ENDPOINT_URL_LAMBDA"] || env["AWS_ENDPOINT_URL"] || undefined;
}

/** The region in a function's ARN: nowhere else can it be called. */
export function regionOfArn(functionName: string): string | undefined {
  return /^arn:[^:]*:lambda:([a-z0-9-]+):/.exec(functionName)?.[1];
}

/** Bytes of an answer that is not a stream which are read to say what it is. */
const shownBytes = 16 * 1024;

/**
 * What an answer that is no event stream says, as an error. Every SDK takes the name from `x-amzn-errortype` and the
 * text from the member `message` or `Message`.
 */
export function refusal({ status, headers }: UpstreamResponse, body: Uint8Array): RecorderError {
  const type = headerValue(headers, "x-amzn-errortype")?.replace(/:.*$/s, "");
  const text = new TextDecoder().decode(body.subarray(0, shownBytes));
  if (status >= 200 && status < 300) {
    const found = headerValue(headers, "content-type") ?? "no content type";
    return new RecorderError(
      "upstream_failed",
      `Lambda answered ${status} with ${printable(found)}; expected application/vnd.amazon.eventstream`,
    );
  }
  const what = [String(status), type, messageIn(text)].filter((part) => part !== undefined && part !== "");
  return new RecorderError("upstream_failed", `Lambda refused the call: ${printable(what.join(" "))}`);
}

function messageIn(text: string): string {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    const message = value?.["message"] ?? value?.["Message"];
    if (typeof message === "string") return message;
  } catch {
    // Shown as it came.
  }
  return text.trim().slice(0, 400);
}
