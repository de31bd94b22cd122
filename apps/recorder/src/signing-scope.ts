import { headerValue, type ServiceRequest } from "@eventstream-kit/service";
import { RecorderError } from "./errors.ts";

/** What a client's signature was made for. */
export interface SigningScope {
  readonly region: string;
  /** Signing name, such as `lambda` or `bedrock`. Several endpoints can share one. */
  readonly service: string;
}

/**
 * Region and service of a request signed with SigV4 (Signature Version 4, `Authorization` header). The signature
 * itself is not verified: the client's keys may be dummies.
 *
 * Throws `request_refused` for what cannot be signed again: no signature, a presigned URL, a bearer token, SigV4a,
 * and bodies signed piece by piece.
 */
export function signingScope(request: ServiceRequest): SigningScope {
  const authorization = headerValue(request.headers, "authorization");
  if (authorization === undefined) {
    const presigned = /[?&]x-amz-signature=/i.test(request.target);
    throw refused(
      presigned
        ? "The request is a presigned URL; only requests with an Authorization header can be signed again"
        : "The request is not signed: it has no Authorization header",
    );
  }
  if (authorization.startsWith("AWS4-ECDSA-")) {
    throw refused("The request is signed with SigV4a (several regions); only SigV4 can be signed again");
  }
  if (!authorization.startsWith("AWS4-HMAC-SHA256 ")) {
    // What is no scheme that is known may be a secret as it is.
    const [scheme = "something else"] = /^(?:AWS|Basic|Bearer|Digest|Negotiate)(?= )/i.exec(authorization) ?? [];
    throw refused(`The request is authorised with ${scheme}, and only AWS4-HMAC-SHA256 can be signed again`);
  }
  const hash = headerValue(request.headers, "x-amz-content-sha256");
  if (hash?.startsWith("STREAMING-")) {
    const [kind] = /^[A-Z0-9-]+/.exec(hash)!;
    throw refused(`The request's body is signed piece by piece (${kind}), and only whole bodies can be signed again`);
  }
  const scope = /[ ,]Credential=[^/,]+\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request(?:,|$)/.exec(authorization);
  if (!scope) throw refused("The request's Authorization header has no credential scope key/date/region/service");
  return { region: scope[1]!, service: scope[2]! };
}

function refused(message: string): RecorderError {
  return new RecorderError("request_refused", message);
}
