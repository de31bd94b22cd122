import type { ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";

/** What a request says of its signature, by an `Authorization` header or a presigned query. Nothing of it is verified. */
export interface RequestSignature {
  readonly accessKeyId: string;
  /** Of the scope: `20260915`. */
  readonly day: string;
  readonly region: string;
  /** When it was signed, `20260915T115948Z`; absent when the request does not say. */
  readonly date: string | undefined;
  /** Lower case, as signed. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** In seconds, of a presigned query. */
  readonly expires?: number;
}

const credential = /^([^/]+)\/(\d{8})\/([^/]+)\/lambda\/aws4_request$/;

/**
 * Reads the signature of a request for Lambda; `undefined` when there is none or half of one.
 *
 * @param query the part of the target behind `?`
 */
export function requestSignature(request: ServiceRequest, query: string): RequestSignature | undefined {
  return fromHeader(request) ?? fromQuery(new URLSearchParams(query));
}

function fromHeader({ headers }: ServiceRequest): RequestSignature | undefined {
  const [, rest] = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(headerValue(headers, "authorization") ?? "") ?? [];
  if (rest === undefined) return undefined;
  const parts = new Map(rest.split(",").map((part) => splitAt(part.trim(), "=")));
  return made(parts.get("Credential"), parts.get("SignedHeaders"), parts.get("Signature"), {
    date: headerValue(headers, "x-amz-date"),
    sessionToken: headerValue(headers, "x-amz-security-token"),
  });
}

function fromQuery(query: URLSearchParams): RequestSignature | undefined {
  const of = (name: string) => query.get(name) ?? undefined;
  if (of("X-Amz-Algorithm") === undefined) return undefined;
  // A query without names signs the host alone.
  return made(of("X-Amz-Credential"), of("X-Amz-SignedHeaders") ?? "host", of("X-Amz-Signature"), {
    date: of("X-Amz-Date"),
    sessionToken: of("X-Amz-Security-Token"),
    expires: Number(of("X-Amz-Expires") ?? Number.NaN),
  });
}

function made(
  scope: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
  rest: Pick<RequestSignature, "date" | "sessionToken" | "expires">,
): RequestSignature | undefined {
  const [, accessKeyId, day, region] = credential.exec(scope ?? "") ?? [];
  if (!signedHeaders || !signature || accessKeyId === undefined || day === undefined || region === undefined) {
    return undefined;
  }
  return { accessKeyId, day, region, signedHeaders: signedHeaders.split(";"), signature, ...rest };
}

function splitAt(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
