import type { ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import { LambdaError } from "../lambda-error.ts";
import { canonicalRequest, signedValue } from "./canonical-request.ts";
import type { RequestSignature } from "./request-signature.ts";

/** A key that requests may be signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With it, requests must carry exactly this token. */
  readonly sessionToken?: string;
}

/** What was signed: under one of the targets. */
export interface SignedRequest extends Omit<ServiceRequest, "target"> {
  readonly targets: readonly string[];
}

/** How a signature is judged. */
export interface SignatureRules {
  readonly credentials: readonly Credentials[];
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const fiveMinutes = 5 * 60 * 1000;
const encoder = new TextEncoder();

/**
 * Verifies Signature Version 4 of a request for Lambda, by header or presigned. No capture shows what a function URL says to a
 * wrong one; the texts are those that AWS services share.
 *
 * @throws {LambdaError} `InvalidSignatureException` or `UnrecognizedClientException` (403)
 */
export async function verifySignature(
  request: SignedRequest,
  signature: RequestSignature,
  { credentials, region, now }: SignatureRules,
): Promise<void> {
  const { accessKeyId, signedHeaders, sessionToken } = signature;
  const key = credentials.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (key === undefined || key.sessionToken !== sessionToken) {
    throw refused("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  if (signature.region !== region) throw invalid("Credential should be scoped to a valid region.");
  const date = checkDate(signature, now);
  checkSignedHeaders(request, signedHeaders);

  const bodyHash = await sha256(request.body);
  const declared = headerValue(request.headers, "x-amz-content-sha256");
  const scope = `${signature.day}/${region}/lambda/aws4_request`;
  const signing = await signingKey(key.secretAccessKey, scope);
  const expected = await Promise.all(
    request.targets.map(async (target) => {
      const canonical = canonicalRequest({ ...request, target }, signedHeaders, bodyHash);
      const toSign = ["AWS4-HMAC-SHA256", date, scope, await sha256(encoder.encode(canonical))].join("\n");
      return hex(await hmac(signing, toSign));
    }),
  );
  if (!expected.includes(signature.signature) || (declared !== undefined && declared !== bodyHash)) {
    throw invalid(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
}

/** The date of a signature that is neither too old nor too new. */
function checkDate({ date, day, expires }: RequestSignature, now: number): string {
  const signedAt = Date.parse((date ?? "").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (date === undefined || Number.isNaN(signedAt)) {
    throw invalid("Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
  if (!date.startsWith(day)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}', from '${date}'.`,
    );
  }
  if (signedAt > now + fiveMinutes) {
    throw invalid(
      `Signature not yet current: ${date} is still later than ${basic(now + fiveMinutes)} (${basic(now)} + 5 min.)`,
    );
  }
  if (expires !== undefined) {
    if (!(expires >= 1 && expires <= 604_800)) throw invalid("X-Amz-Expires must be between 1 and 604800 seconds");
    if (now > signedAt + expires * 1000) throw invalid("Signature has expired");
  } else if (signedAt < now - fiveMinutes) {
    throw invalid(
      `Signature expired: ${date} is now earlier than ${basic(now - fiveMinutes)} (${basic(now)} - 5 min.)`,
    );
  }
  return date;
}

/** The host and everything that AWS calls its own must be signed, or whoever is in between could change it. */
function checkSignedHeaders({ headers }: SignedRequest, signed: readonly string[]): void {
  const own = headers.map(([name]) => name.toLowerCase()).filter((name) => name.startsWith("x-amz-"));
  for (const name of ["host", ...own]) {
    if (!signed.includes(name)) {
      throw invalid(`'${name === "host" ? "Host" : name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  for (const name of signed) {
    if (signedValue(headers, name) === undefined) throw invalid(`The signed header '${name}' is missing.`);
  }
}

function invalid(message: string): LambdaError {
  return refused("InvalidSignatureException", message);
}

function refused(type: string, message: string): LambdaError {
  return new LambdaError({ status: 403, type, message, messageKey: "message", members: {} });
}

/** `20260915T115948Z` */
function basic(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** `HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request")` */
async function signingKey(secret: string, scope: string): Promise<Uint8Array<ArrayBuffer>> {
  let key: Uint8Array<ArrayBuffer> = encoder.encode(`AWS4${secret}`);
  for (const part of scope.split("/")) key = await hmac(key, part);
  return key;
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(text)));
}

async function sha256(data: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(data))));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
