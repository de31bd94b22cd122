import type { Readable } from "node:stream";
import { silenceTimer } from "./silence-timer.ts";

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** For so many milliseconds nothing of the body may come. 0: for ever. */
  readonly bodyTimeoutMs: number;
}

interface BodySource extends Readable {
  readonly complete?: boolean;
  readonly socket?: { isPaused(): boolean };
}

/**
 * Reads a request's body to its end. `"too large"` as soon as it is over the limit, the rest then runs off unread; `"too slow"`
 * when nothing more of it comes; `"gone"` when the client left before the end.
 */
export function readBody(
  source: BodySource,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
  startTimer: typeof silenceTimer = silenceTimer,
): Promise<Uint8Array | "too large" | "too slow" | "gone"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const silent = () => {
      // Nothing is read of a pipelined request while its client does not take the answer before.
      if (source.socket?.isPaused()) timer?.heard();
      else settle("too slow");
    };
    const timer = bodyTimeoutMs === 0 ? undefined : startTimer(bodyTimeoutMs, silent, source);
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
      // A stream of node:http2 that is reset, or loses its connection, ends as if all of it had come.
      settle(source.closed ? "gone" : new Uint8Array(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    });
    source.on("error", () => {
      settle("gone");
    });
    source.on("close", () => {
      if (!source.readableEnded) settle("gone");
    });
  });
}
