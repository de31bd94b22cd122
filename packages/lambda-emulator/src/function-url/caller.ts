import type { ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";

/** `requestContext.authorizer.iam` of the event: who signed a request for an `AWS_IAM` URL. */
export interface UrlCaller {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: string;
  readonly userArn: string;
  readonly userId: string;
}

const credential = /^([^/]+)\/\d{8}\/[^/]+\/lambda\/aws4_request$/;

/**
 * Who signed the request, by an `Authorization` header of Signature Version 4 or by a presigned query; `undefined` when
 * nobody did. **The signature itself is not verified yet**: any key pair is let in. The access key is the caller's own; the
 * rest of the identity is one example user of the emulated account.
 *
 * @param query the part of the target behind `?`
 */
export function callerOf(request: ServiceRequest, query: string, accountId: string): UrlCaller | undefined {
  const accessKey = signedHeader(headerValue(request.headers, "authorization") ?? "") ?? signedQuery(query);
  if (accessKey === undefined) return undefined;
  const userId = "AIDACKCEVSQ6C2EXAMPLE";
  return {
    accessKey,
    accountId,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: "o-exampleorgid",
    userArn: `arn:aws:iam::${accountId}:user/example`,
    userId,
  };
}

function signedHeader(authorization: string): string | undefined {
  const [, algorithm, rest = ""] = /^(AWS4-HMAC-SHA256|AWS4-ECDSA-P256-SHA256)\s+(.*)$/.exec(authorization) ?? [];
  const parts = new Map(rest.split(",").map((part) => splitAt(part.trim(), "=")));
  if (algorithm === undefined || !parts.get("SignedHeaders") || !parts.get("Signature")) return undefined;
  return credential.exec(parts.get("Credential") ?? "")?.[1];
}

function signedQuery(query: string): string | undefined {
  const parameters = new URLSearchParams(query);
  if (!parameters.get("X-Amz-Signature") || !parameters.get("X-Amz-Algorithm")) return undefined;
  return credential.exec(parameters.get("X-Amz-Credential") ?? "")?.[1];
}

function splitAt(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
