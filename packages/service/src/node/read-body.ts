import { nextTick } from "node:process";
import type { Readable } from "node:stream";
import { silenceTimer } from "./silence-timer.ts";

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** For so many milliseconds nothing of the body may come. 0: for ever. */
  readonly bodyTimeoutMs: number;
}

interface BodySource extends Readable {
  /** Of node:http: false until the end of the body has come. */
  readonly complete?: boolean;
  readonly socket?: { isPaused(): boolean };
}

type Body = Uint8Array | "too large" | "too slow" | "gone";

/**
 * Reads a request's body to its end. `"too large"` as soon as it is over the limit, the rest then runs off unread; `"too slow"`
 * when nothing more of it comes; `"gone"` when the client left before the end.
 *
 * @param declared its length, if a `content-length` line says so
 */
export function readBody(
  source: BodySource,
  declared: number | undefined,
  limits: BodyLimits,
  startTimer: typeof silenceTimer = silenceTimer,
): Promise<Body> {
  return new Promise((resolve) => {
    if (source.complete === false) nextTick(takeWhole, source, declared, limits, startTimer, resolve);
    else listen(source, limits, startTimer, resolve);
  });
}

/**
 * node:http tells of a request before it looks at its body. A moment later all of a small one is there, and is taken as it is:
 * to listen for it, with a timer for when it does not come, took a sixteenth of a short call.
 */
function takeWhole(
  source: BodySource,
  declared: number | undefined,
  limits: BodyLimits,
  startTimer: typeof silenceTimer,
  resolve: (body: Body) => void,
): void {
  const { readableLength, complete, destroyed } = source;
  // The end of a body of known length is told of later.
  const whole = complete === true || (declared !== undefined && readableLength === declared);
  if (!whole || destroyed || readableLength > limits.maxBodyBytes) {
    listen(source, limits, startTimer, resolve);
    return;
  }
  const chunks: Buffer[] = [];
  do {
    const chunk = source.read() as Buffer | null;
    if (chunk === null) break;
    chunks.push(chunk);
  } while (source.readableLength > 0); // Node 26 gives one chunk a time, Node 24 all of them.
  resolve(joined(chunks));
}

function listen(
  source: BodySource,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
  startTimer: typeof silenceTimer,
  resolve: (body: Body) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const silent = () => {
    // Nothing is read of a pipelined request while its client does not take the answer before.
    if (source.socket?.isPaused()) timer?.heard();
    else settle("too slow");
  };
  const timer = bodyTimeoutMs === 0 ? undefined : startTimer(bodyTimeoutMs, silent);
  const settle = (body: Body) => {
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
    settle(source.closed ? "gone" : joined(chunks));
  });
  source.on("error", () => {
    settle("gone");
  });
  source.on("close", () => {
    if (!source.readableEnded) settle("gone");
  });
}

function joined(chunks: readonly Buffer[]): Uint8Array {
  return new Uint8Array(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
}
