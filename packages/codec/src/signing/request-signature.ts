import { describe } from "../bytes.ts";
import { EventStreamError } from "../errors.ts";

const pattern = /^[0-9a-f]{64}$/;

/**
 * The signature in a signed request, with which the chain of event signatures begins.
 *
 * @param signed The `authorization` header (`AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`), or a
 *   presigned URL or its query (`X-Amz-Signature=…`), as WebSocket clients use it.
 * @returns 64 hexadecimal digits in lower case.
 * @throws {EventStreamError} `invalid_argument`
 */
export function requestSignature(signed: string | URL): string {
  const text = typeof signed === "string" ? signed : (signed as Partial<URL> | null | undefined)?.href;
  const signature = /\bSignature=([0-9a-f]{64})(?![0-9a-zA-Z])/.exec(String(text))?.[1];
  if (signature === undefined) {
    // What was found may hold credentials, so it is not shown.
    const problem = "Reading the signature of a request: found none, expected Signature= and 64 hexadecimal digits";
    throw new EventStreamError("invalid_argument", problem);
  }
  return signature;
}

/** @throws {EventStreamError} `invalid_argument` for anything but 64 hexadecimal digits in lower case. */
export function checkedSignature(signature: unknown): string {
  if (typeof signature === "string" && pattern.test(signature)) return signature;
  const found = describe(signature);
  const problem = `Reading the options: priorSignature is ${found}, expected 64 hexadecimal digits in lower case`;
  throw new EventStreamError("invalid_argument", problem);
}
