import { Buffer } from "node:buffer";
import type { ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import type { UrlCaller } from "./caller.ts";
import { eventCookies, eventHeaders } from "./request-headers.ts";

/**
 * What a function gets from its URL: payload format 2.0. Members are in the order of captures, and those that have
 * nothing to say are absent, not null.
 */
export interface UrlEvent {
  readonly version: "2.0";
  readonly routeKey: "$default";
  /** Percent-encoding as sent. */
  readonly rawPath: string;
  /** Without `?`; empty when there is none. */
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: {
    /** `anonymous` for an URL of auth type `NONE`. */
    readonly accountId: string;
    readonly apiId: string;
    readonly authorizer?: { readonly iam: UrlCaller };
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: {
      readonly method: string;
      /** Percent-decoded. */
      readonly path: string;
      readonly protocol: "HTTP/1.1";
      readonly sourceIp: string;
      readonly userAgent?: string;
    };
    readonly requestId: string;
    readonly routeKey: "$default";
    readonly stage: "$default";
    /** `15/Sep/2026:11:59:48 +0000` */
    readonly time: string;
    readonly timeEpoch: number;
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** What an event is made of. */
export interface UrlEventInput {
  readonly request: ServiceRequest;
  /** Path and query as the function URL sees them. */
  readonly target: string;
  /** Its first label is the url-id. */
  readonly domainName: string;
  readonly requestId: string;
  /** `x-amzn-trace-id` */
  readonly traceId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who signed the request, for an URL of auth type `AWS_IAM`. */
  readonly caller?: UrlCaller;
}

/** A request does not say where it came from; every client of an emulator is on this machine. */
const sourceIp = "127.0.0.1";

/** The event for a request. Its `host` header is the `domainName`, whichever form the request used. */
export function urlEvent(input: UrlEventInput): UrlEvent {
  const { request, domainName, caller } = input;
  const [urlId = ""] = domainName.split(".");
  const [path, query] = splitTarget(input.target);
  const cookies = eventCookies(request.headers);
  const headers = eventHeaders(
    caller ? request.headers.filter(([name]) => name.toLowerCase() !== "authorization") : request.headers,
    ownHeaders(input),
  );
  const userAgent = headerValue(request.headers, "user-agent");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query,
    ...(cookies && { cookies }),
    headers,
    ...(query !== "" && { queryStringParameters: queryParameters(query) }),
    requestContext: {
      accountId: caller?.accountId ?? "anonymous",
      apiId: urlId,
      ...(caller && { authorizer: { iam: caller } }),
      domainName,
      domainPrefix: urlId,
      http: {
        method: request.method,
        path: decodePath(path),
        protocol: "HTTP/1.1",
        sourceIp,
        ...(userAgent !== undefined && { userAgent }),
      },
      requestId: input.requestId,
      routeKey: "$default",
      stage: "$default",
      time: accessLogTime(input.now),
      timeEpoch: Math.floor(input.now),
    },
    ...eventBody(request),
  };
}

/** Path and query of a target. The path of `OPTIONS *` is the star. */
export function splitTarget(target: string): readonly [path: string, query: string] {
  const index = target.indexOf("?");
  return index === -1 ? [target, ""] : [target.slice(0, index), target.slice(index + 1)];
}

/** What the service's edge adds, in the order of captures. */
function ownHeaders({ request, domainName, traceId }: UrlEventInput): (readonly [string, string])[] {
  // Captured: a GET without a body has a length of 0, HEAD and OPTIONS have none.
  const hasLength = request.body.length > 0 || (request.method !== "HEAD" && request.method !== "OPTIONS");
  return [
    ["x-amzn-tls-cipher-suite", "TLS_AES_128_GCM_SHA256"],
    ...(hasLength ? [["content-length", String(request.body.length)] as const] : []),
    ["x-amzn-tls-version", "TLSv1.3"],
    ["x-amzn-trace-id", traceId],
    ["x-forwarded-proto", "https"],
    ["host", domainName],
    ["x-forwarded-port", "443"],
    ["x-forwarded-for", sourceIp],
  ];
}

/** Names and values decoded as a form's are, the values of one name joined with a comma. */
function queryParameters(query: string): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(parameters);
}

/** Decodes what can be decoded: `/pa2%Fth` stays as it is. */
function decodePath(path: string): string {
  return path.replace(/(?:%[\da-f]{2})+/gi, (encoded) => Buffer.from(encoded.replaceAll("%", ""), "hex").toString());
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The time format of web servers' access logs, in UTC. */
function accessLogTime(now: number): string {
  const date = new Date(now);
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${[date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":")} +0000`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Text types come as text, everything else, and a body without a type, as base64. */
const textTypes = /^\s*(?:text\/[^\s;]+|[^\s;/]+\/(?:[^\s;/]+\+)?(?:json|xml)|application\/javascript)\s*(?:;|$)/i;

function eventBody({ body, headers }: ServiceRequest): Pick<UrlEvent, "body" | "isBase64Encoded"> {
  if (body.length === 0) return { isBase64Encoded: false };
  const text = textTypes.test(headerValue(headers, "content-type") ?? "") ? decodeUtf8(body) : undefined;
  // A body that only claims to be text would be lost as text.
  if (text !== undefined) return { body: text, isBase64Encoded: false };
  return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
