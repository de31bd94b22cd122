import type { Failure } from "./function-error.ts";
import type { RunningInvocation } from "./invocation.ts";
import { ownChunks } from "./own-chunks.ts";

/** A function's whole response. */
export interface BufferedResponse {
  readonly streaming: boolean;
  readonly contentType: string;
  /** Everything written before the end or the failure; at most the limit. */
  readonly payload: Uint8Array;
  /** `too_large`: the function wrote more than the limit. It runs on by itself. */
  readonly failure?: Failure | { readonly kind: "too_large"; readonly json: string };
}

/** Waits for the end of a function and collects what it writes, up to `limit` bytes. */
export async function readBuffered(running: RunningInvocation, limit: number): Promise<BufferedResponse> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of ownChunks(running.chunks)) {
    size += chunk.length;
    if (size > limit) break;
    parts.push(chunk);
  }
  const head = await running.head.promise();
  if (size > limit) {
    return { ...head, payload: new Uint8Array(), failure: { kind: "too_large", json: tooLargeJson(limit) } };
  }
  const outcome = await running.outcome.promise();
  const payload = Buffer.concat(parts);
  return outcome.kind === "success" ? { ...head, payload } : { ...head, payload, failure: outcome };
}

/** Pretty-printed, message first: 148 bytes for the limit of 6,291,556, as captured. */
export function tooLargeJson(limit: number): string {
  const error = {
    errorMessage: `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
    errorType: "Function.ResponseSizeTooLarge",
  };
  return JSON.stringify(error, undefined, 2);
}
