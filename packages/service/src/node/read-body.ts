import type { Readable } from "node:stream";
import { silenceTimer } from "./silence-timer.ts";

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** For so many milliseconds nothing of the body may come. 0: for ever. */
  readonly bodyTimeoutMs: number;
}

/**
 * Reads a request's body to its end. `"too large"` as soon as it is over the limit, the rest then runs off unread; `"too slow"`
 * when nothing more of it comes; `"gone"` when the client left before the end.
 */
export function readBody(
  source: Readable & { readonly complete?: boolean },
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
  startTimer: typeof silenceTimer = silenceTimer,
): Promise<Uint8Array | "too large" | "too slow" | "gone"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = bodyTimeoutMs === 0 ? undefined : startTimer(bodyTimeoutMs, () => settle("too slow"), source);
    const settle = (body: Uint8Array | "too large" | "too slow" | "gone") => {
      timer?.stop();
      resolve(body);
    };
    source.on("data", (chunk: Buffer) => {
      timer?.heard();
      length += chunk.byteLength;
      if (length <= maxBodyBytes) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        settle("too large");
      }
    });
    source.on("end", () => {
      settle(new Uint8Array(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    });
    source.on("error", () => {
      settle("gone");
    });
    source.on("close", () => {
      if (!source.readableEnded) settle("gone");
    });
  });
}
