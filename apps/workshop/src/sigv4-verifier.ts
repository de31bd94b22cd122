import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { HeaderLine, Reply, Service, ServiceRequest } from "@eventstream-kit/service";

/**
 * An independent verifier of AWS Signature Version 4, written from
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html with nothing but
 * `node:crypto`: the recorder signs with a library, so a mistake of either shows.
 */
export interface VerifierOptions {
  /** Keys that are accepted. With a session token, the request must carry exactly that token, signed. */
  readonly keys: Readonly<Record<string, { readonly secretAccessKey: string; readonly sessionToken?: string }>>;
  readonly region?: string;
  readonly service?: string;
  /** The `host` the request must have been signed for. */
  readonly host?: string;
  readonly now?: () => Date;
}

/** Why a request was refused: the name AWS gives it, and what it says. */
export interface Refusal {
  readonly name: "MissingAuthenticationTokenException" | "InvalidSignatureException" | "UnrecognizedClientException";
  readonly message: string;
}

const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;

type Groups = [all: string, keyId: string, day: string, region: string, service: string, names: string, hex: string];

/** Undefined when the signature is right, else why not. */
export function verifySigV4(request: ServiceRequest, options: VerifierOptions): Refusal | undefined {
  const authorization = valueOf(request.headers, "authorization");
  if (authorization === undefined) {
    return { name: "MissingAuthenticationTokenException", message: "Missing Authentication Token" };
  }
  const match = authorizationPattern.exec(authorization);
  if (!match) return invalid(`The Authorization header is malformed: ${authorization}`);
  const [, keyId, day, region, service, signedNames, signature] = match as unknown as Groups;

  const key = Object.hasOwn(options.keys, keyId) ? options.keys[keyId] : undefined;
  if (!key) return { name: "UnrecognizedClientException", message: "The security token included is invalid" };
  if (options.region !== undefined && region !== options.region) {
    return invalid(`Credential should be scoped to region ${options.region}, not ${region}`);
  }
  if (options.service !== undefined && service !== options.service) {
    return invalid(`Credential should be scoped to service ${options.service}, not ${service}`);
  }

  const date = valueOf(request.headers, "x-amz-date");
  if (date === undefined || !/^\d{8}T\d{6}Z$/.test(date) || date.slice(0, 8) !== day) {
    return invalid(`The date ${date} does not belong to the scope's ${day}`);
  }
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)!.map(Number);
  const age = Math.abs((options.now?.() ?? new Date()).getTime() - Date.UTC(y!, mo! - 1, d, h, mi, s));
  if (age > 5 * 60_000) return invalid(`Signature expired: ${date} is ${Math.round(age / 1000)} s away`);

  const names = signedNames.split(";");
  if (names.join(";") !== [...new Set(names)].sort().join(";")) return invalid("SignedHeaders are not sorted");
  if (!names.includes("host")) return invalid("'host' must be a signed header");
  if (options.host !== undefined && valueOf(request.headers, "host") !== options.host) {
    return invalid(`Signed for host ${valueOf(request.headers, "host")}, received by ${options.host}`);
  }
  // Everything AWS calls its own must be signed.
  for (const [name] of request.headers) {
    const lower = name.toLowerCase();
    if (lower.startsWith("x-amz-") && !names.includes(lower)) return invalid(`'${lower}' must be a signed header`);
  }
  const token = valueOf(request.headers, "x-amz-security-token");
  if (token !== key.sessionToken) {
    return { name: "UnrecognizedClientException", message: "The security token included in the request is invalid" };
  }

  const payloadHash = sha256(request.body);
  const declared = valueOf(request.headers, "x-amz-content-sha256");
  if (declared !== undefined && declared !== payloadHash) {
    return invalid(`x-amz-content-sha256 is ${declared}, the body hashes to ${payloadHash}`);
  }

  const cut = request.target.indexOf("?");
  const path = cut === -1 ? request.target : request.target.slice(0, cut);
  const canonicalHeaders: string[] = [];
  for (const name of names) {
    const value = valueOf(request.headers, name);
    if (value === undefined) return invalid(`The signed header '${name}' is missing`);
    canonicalHeaders.push(`${name}:${value}\n`);
  }
  const canonicalRequest = [
    request.method,
    canonicalPath(path),
    canonicalQuery(cut === -1 ? "" : request.target.slice(cut + 1)),
    canonicalHeaders.join(""),
    signedNames,
    payloadHash,
  ].join("\n");
  const stringToSign = [
    "AWS4-HMAC-SHA256",
    date,
    `${day}/${region}/${service}/aws4_request`,
    sha256(canonicalRequest),
  ].join("\n");
  const signingKey = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (parent, part) => hmac(parent, part),
    `AWS4${key.secretAccessKey}`,
  );
  const expected = hmac(signingKey, stringToSign);
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex"))) {
    return invalid(
      `The request signature we calculated does not match the signature you provided. Canonical request:\n${canonicalRequest}`,
    );
  }
  return undefined;
}

/** A service that lets a request through only when its signature is right, and answers 403 as AWS does otherwise. */
export function requireSigV4(inner: Service, options: VerifierOptions): Service & { readonly refusals: Refusal[] } {
  const refusals: Refusal[] = [];
  return {
    refusals,
    handle(request): Promise<Reply | undefined> {
      const refusal = verifySigV4(request, options);
      if (!refusal) return inner.handle(request);
      refusals.push(refusal);
      return Promise.resolve({
        status: 403,
        headers: [
          ["content-type", "application/json"],
          ["x-amzn-errortype", refusal.name],
        ],
        body: [new TextEncoder().encode(JSON.stringify({ message: refusal.message }))],
      });
    },
  };
}

function invalid(message: string): Refusal {
  return { name: "InvalidSignatureException", message };
}

/** Trimmed, inner blanks folded; several lines of one name joined in order. */
function valueOf(headers: readonly HeaderLine[], name: string): string | undefined {
  const values = headers.filter(([line]) => line.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.map((value) => value.trim().replace(/\s+/g, " ")).join(",");
}

/** Dot segments and empty segments removed (RFC 3986), then every segment escaped once more. */
function canonicalPath(path: string): string {
  const out: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") out.pop();
    else if (segment !== "" && segment !== ".") out.push(escape(segment));
  }
  return `/${out.join("/")}${out.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

/** Sorted by escaped name, then by escaped value. */
function canonicalQuery(query: string): string {
  const pairs = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return [escape(decodeURIComponent(name)), escape(decodeURIComponent(value))] as const;
    });
  pairs.sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** RFC 3986: everything but the unreserved characters, as upper-case escapes. */
function escape(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) =>
      /[A-Za-z0-9_.~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data, "utf8").digest();
}
