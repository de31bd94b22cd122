import { createHash, createHmac } from "node:crypto";
import type { SigningCredentials } from "@eventstream-kit/codec/signing";
import { SignatureV4 } from "@smithy/signature-v4";

/** SHA-256 and HMAC-SHA256 as `@smithy/signature-v4` wants them. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | Uint8Array | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset(): void {
    throw new Error("A hash of node:crypto cannot be used again");
  }
}

/** The signature of an event, made by the signer of the AWS SDK: hexadecimal digits. */
export async function smithySignature(
  date: bigint,
  payload: Uint8Array,
  priorSignature: string,
  scope: { readonly region: string; readonly service: string; readonly credentials: unknown },
): Promise<string> {
  const { secretAccessKey } = scope.credentials as SigningCredentials;
  const signer = new SignatureV4({
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey },
    region: scope.region,
    service: scope.service,
    sha256: Sha256,
  });
  const headers = { ":date": { type: "timestamp", value: new Date(Number(date)) } } as const;
  const message = { message: { headers, body: payload }, priorSignature };
  const { signature } = await signer.signMessage(message, { signingDate: new Date(Number(date)) });
  return signature;
}
