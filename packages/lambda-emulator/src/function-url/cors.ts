import type { HeaderLine, ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import type { Cors } from "../url-configs/url-config.ts";

/**
 * The CORS lines of the answer to a preflight: `OPTIONS` with both `Origin` and `Access-Control-Request-Method`. The URL
 * answers it without the function. No lines when anything asked for is not allowed; `undefined` for any other request.
 */
export function preflightLines({ method, headers }: ServiceRequest, cors: Cors): readonly HeaderLine[] | undefined {
  const origin = headerValue(headers, "origin");
  const requestedMethod = headerValue(headers, "access-control-request-method");
  if (method !== "OPTIONS" || origin === undefined || requestedMethod === undefined) return undefined;

  const requestedHeaders = listOf(headerValue(headers, "access-control-request-headers"));
  const { AllowHeaders = [], AllowMethods = [], MaxAge } = cors;
  const allowedOrigin = allowedOriginOf(origin, cors);
  const allowed =
    allowedOrigin !== undefined &&
    allows(AllowMethods, requestedMethod) &&
    requestedHeaders.every((name) => allows(AllowHeaders, name));
  if (!allowed) return [];
  return [
    ["Access-Control-Allow-Origin", allowedOrigin],
    ...line("Access-Control-Allow-Headers", AllowHeaders.join(",")),
    ["Vary", "Origin"],
    ...line("Access-Control-Allow-Methods", AllowMethods.join(",")),
    ...line("Access-Control-Max-Age", MaxAge ? String(MaxAge) : ""),
    ...line("Access-Control-Allow-Credentials", cors.AllowCredentials ? "true" : ""),
  ];
}

/**
 * Adds what a URL with CORS adds to its function's lines when the request's origin is allowed. What the function sent
 * stays, so a function that does CORS itself gets its lines doubled, as on the real service, under the name that it has given;
 * only exposed headers are merged into one line.
 */
export function withCors(lines: readonly HeaderLine[], origin: string | undefined, cors: Cors): readonly HeaderLine[] {
  const allowedOrigin = origin === undefined ? undefined : allowedOriginOf(origin, cors);
  if (allowedOrigin === undefined) return lines;
  const nameLike = (name: string) => lines.find(([given]) => given === name.toLowerCase())?.[0] ?? name;
  const exposeHeaders = nameLike("Access-Control-Expose-Headers");
  const isExpose = ([name]: HeaderLine) => name === exposeHeaders;
  const exposed = [...lines.filter(isExpose).map(([, value]) => value), ...(cors.ExposeHeaders ?? [])];
  return [
    ...lines.filter((candidate) => !isExpose(candidate)),
    [nameLike("Access-Control-Allow-Origin"), allowedOrigin],
    [nameLike("Vary"), "Origin"],
    ...line(exposeHeaders, exposed.join(",")),
    ...line(nameLike("Access-Control-Allow-Credentials"), cors.AllowCredentials ? "true" : ""),
  ];
}

/** The value of `Access-Control-Allow-Origin`: with credentials, browsers accept no star. */
function allowedOriginOf(origin: string, { AllowOrigins = [], AllowCredentials }: Cors): string | undefined {
  if (AllowOrigins.includes(origin)) return origin;
  if (!AllowOrigins.includes("*")) return undefined;
  return AllowCredentials ? origin : "*";
}

/** Methods and header names are compared without regard to letter case; a star allows all. */
function allows(list: readonly string[], wanted: string): boolean {
  return list.some((item) => item === "*" || item.toLowerCase() === wanted.toLowerCase());
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** No line for an empty value: what is not configured is not sent. */
function line(name: string, value: string): readonly HeaderLine[] {
  return value === "" ? [] : [[name, value]];
}
