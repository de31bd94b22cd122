import { createHash } from "node:crypto";
import { Sha256 } from "@aws-crypto/sha256-js";
import { headerValue, headerValues, type HeaderLine, type ServiceRequest } from "@eventstream-kit/service";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials } from "./credentials.ts";
import { RecorderError } from "./errors.ts";
import { endToEnd } from "./header-lines.ts";
import type { SigningScope } from "./signing-scope.ts";

/** What the client's signature made necessary. They are gone before the recorder signs. */
const replaced = new Set([
  "authorization",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-content-sha256",
  "host",
  // The body is sent whole, so both are said anew.
  "content-length",
  "expect",
  // A compressed stream could not be stored as frames.
  "accept-encoding",
]);

const unsignedPayload = "UNSIGNED-PAYLOAD";

/** What the new signature is made with. */
export interface Signing extends SigningScope {
  readonly credentials: Credentials;
  readonly date: Date;
  /** Value of the `host` header: the upstream's name, with its port unless it is the scheme's own. */
  readonly host: string;
  /** True when the upstream is https. Only then may a body stay unsigned. */
  readonly secure: boolean;
}

/**
 * The header lines to send upstream: the client's, in its order, without what its signature needed, then `host` and
 * the recorder's own signature.
 *
 * The target is signed as it is, escapes included. As every service but S3 demands, the canonical request escapes it
 * a second time (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export async function resign(request: ServiceRequest, signing: Signing): Promise<HeaderLine[]> {
  const { host } = signing;
  const kept = endToEnd(request.headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  const staysUnsigned =
    signing.secure && headerValue(request.headers, "x-amz-content-sha256")?.toUpperCase() === unsignedPayload;

  const signed: Record<string, string> = {
    host,
    "x-amz-content-sha256": staysUnsigned ? unsignedPayload : createHash("sha256").update(request.body).digest("hex"),
  };
  // Several lines of one name are signed as one, joined with a comma.
  for (const [line] of kept) signed[line.toLowerCase()] = headerValues(kept, line).join(",");

  const url = parseTarget(request.target);
  const signer = new SignatureV4({ ...signing, sha256: Sha256 });
  const { headers } = await signer.sign(
    // Only what is signed matters here: protocol and hostname are not.
    { method: request.method, protocol: "https:", hostname: "", ...url, headers: signed },
    { signingDate: signing.date },
  );

  const added = ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "authorization"];
  return [
    ["host", host],
    ...kept,
    ["accept-encoding", "identity"],
    ["content-length", String(request.body.length)],
    ...added.flatMap((name): HeaderLine[] => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  ];
}

function parseTarget(target: string): { path: string; query: Record<string, string[]> } {
  const cut = target.indexOf("?");
  const path = cut === -1 ? target : target.slice(0, cut);
  // Without the members that every object has: they are names like any others.
  const query = Object.create(null) as Record<string, string[]>;
  for (const pair of cut === -1 ? [] : target.slice(cut + 1).split("&")) {
    if (pair === "") continue;
    const [name = "", ...value] = pair.split("=");
    if (decode(name) === "__proto__") {
      throw new RecorderError("request_refused", "The request's query has the name __proto__, which cannot be signed");
    }
    (query[decode(name)] ??= []).push(decode(value.join("=")));
  }
  return { path, query };
}

/** Canonical queries are escaped once, so the escapes received are undone. A plus sign is a plus sign. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    // Not shown: it may be a value that nobody may read.
    const found = "The request's query has an invalid escape; expected % and two hexadecimal digits, of UTF-8";
    throw new RecorderError("request_refused", found, { cause });
  }
}
