import { describe } from "../bytes.ts";
import { EventStreamError } from "../errors.ts";
import type { SigningOptions } from "./signing-options.ts";

const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * The keys of one stream: one secret, one region, one service, and a key for each day (UTC) that the stream lasts.
 *
 *     key = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request")
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#derive-signing-key
 */
export class SigningKeys {
  readonly #secret: Promise<string>;
  readonly #scope: readonly string[];
  #day: string | undefined;
  #key: Promise<CryptoKey> | undefined;

  /** @throws {EventStreamError} `invalid_argument`, at once, for options that are none and without Web Crypto. */
  constructor({ credentials, region, service }: SigningOptions) {
    if ((globalThis.crypto as Partial<Crypto> | undefined)?.subtle === undefined) {
      const problem =
        "Signing events: found no crypto.subtle, expected Web Crypto (a browser has it on HTTPS pages only)";
      throw new EventStreamError("invalid_argument", problem);
    }
    this.#scope = [scopePart("region", region), scopePart("service", service), "aws4_request"];
    // Of an object, the secret is read now: whoever keeps it may put the next one in.
    this.#secret = typeof credentials === "function" ? provided(credentials) : Promise.resolve(secretOf(credentials));
    // Reported by whatever needs it, and nobody may ever do.
    this.#secret.catch(() => {});
  }

  /** What a key is for, as the string to sign says it: `20260813/us-east-1/transcribe/aws4_request`. */
  scope(day: string): string {
    return [day, ...this.#scope].join("/");
  }

  /** The key of a day such as `20260813`. */
  keyOf(day: string): Promise<CryptoKey> {
    if (this.#day !== day) {
      this.#day = day;
      this.#key = this.#derive(day);
    }
    return this.#key!;
  }

  async #derive(day: string): Promise<CryptoKey> {
    let key = await hmacKey(encoder.encode(`AWS4${await this.#secret}`));
    for (const part of [day, ...this.#scope]) {
      key = await hmacKey(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(part))));
    }
    return key;
  }
}

function hmacKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

async function provided(credentials: Extract<SigningOptions["credentials"], () => unknown>): Promise<string> {
  return secretOf(await credentials());
}

/** Says nothing of what it found: that may be a secret in the wrong place. */
function secretOf(credentials: unknown): string {
  const secret = (credentials as { readonly secretAccessKey?: unknown } | null | undefined)?.secretAccessKey;
  if (typeof secret === "string" && secret !== "") return secret;
  const problem = "Reading the credentials: found no secretAccessKey, expected { secretAccessKey } or a function of it";
  throw new EventStreamError("invalid_argument", problem);
}

function scopePart(name: "region" | "service", value: unknown): string {
  // A slash or line break would make two different scopes one string.
  if (typeof value === "string" && /^[\w.-]+$/.test(value)) return value;
  const problem = `Reading the options: ${name} is ${describe(value)}, expected a name such as`;
  throw new EventStreamError("invalid_argument", `${problem} ${name === "region" ? "us-east-1" : "transcribe"}`);
}
