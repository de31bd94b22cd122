import { createHash } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Keys } from "./signature-front.ts";

/** What a stream looked like from outside: no SDK, no codec, only `node:http`. */
export interface RawStream {
  readonly status: number;
  readonly bytes: number;
  /** Of the whole body, lower-case hex. */
  readonly sha256: string;
  /** Size of each transport chunk, in order. */
  readonly chunks: readonly number[];
}

/** Signs and sends one InvokeWithResponseStream call, and measures the answer. */
export async function rawInvoke(
  endpoint: string,
  functionName: string,
  payload: string,
  keys: Keys,
): Promise<RawStream> {
  const url = new URL(`/2021-11-15/functions/${functionName}/response-streaming-invocations`, endpoint);
  const signer = new SignatureV4({ service: "lambda", region: "us-east-1", credentials: keys, sha256: Sha256 });
  const signed = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { host: url.host, "content-type": "application/json" },
    body: payload,
  });
  return new Promise((resolve, reject) => {
    const client = url.protocol === "https:" ? https : http;
    const request = client.request(url, { method: "POST", headers: signed.headers }, (response) => {
      const hash = createHash("sha256");
      const chunks: number[] = [];
      response.on("data", (chunk: Buffer) => {
        hash.update(chunk);
        chunks.push(chunk.length);
      });
      response.on("error", reject);
      response.on("end", () => {
        const bytes = chunks.reduce((sum, size) => sum + size, 0);
        resolve({ status: response.statusCode ?? 0, bytes, sha256: hash.digest("hex"), chunks });
      });
    });
    request.on("error", reject);
    request.end(payload);
  });
}
