import type { Service } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import { requireSigV4 } from "@eventstream-kit/workshop/sigv4-verifier";

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Puts a gate before a service: 403 for any request whose SigV4 signature an independent verifier (`node:crypto`, no
 * AWS code) does not accept. `admitted` lists the access key ids of the requests that passed.
 */
export function signatureFront(inner: Service, accepted: readonly Keys[]): Service & { readonly admitted: string[] } {
  const admitted: string[] = [];
  const counted: Service = {
    handle(request) {
      admitted.push(/Credential=([^/]+)/.exec(headerValue(request.headers, "authorization") ?? "")?.[1] ?? "");
      return inner.handle(request);
    },
  };
  const keys = Object.fromEntries(
    accepted.map(({ accessKeyId, secretAccessKey }) => [accessKeyId, { secretAccessKey }]),
  );
  const gate = requireSigV4(counted, { keys, region: "us-east-1", service: "lambda" });
  return { admitted, handle: (request) => gate.handle(request) };
}
