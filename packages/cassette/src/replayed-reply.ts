import type { HeaderLine, Reply, Step } from "@eventstream-kit/service";
import { longestWait, reset, wait } from "@eventstream-kit/service";
import { exchangeChunks } from "./body-map.ts";
import type { Exchange } from "./cassette.ts";

/** Milliseconds to wait for a recorded gap of so many. */
export type Pace = (gap: number) => number;

/** How fast to replay. */
export interface PaceOptions {
  /** `max`: no waits. `recorded`: as it was. A number: so many times as fast. */
  readonly speed: "recorded" | "max" | number;
  /** No wait is longer, in milliseconds, after the speed has been applied. */
  readonly maxGap: number;
  /** No wait is shorter, in milliseconds, also at the speed `max`. */
  readonly minGap: number;
}

export function paceOf({ speed, maxGap, minGap }: PaceOptions): Pace {
  const factor = speed === "recorded" ? 1 : speed === "max" ? Infinity : speed;
  return (gap) => Math.min(Math.max(Math.min(gap / factor, maxGap), minGap), longestWait);
}

/** The recorded response as a reply: the same head, bytes, chunks and trailers, and it ends in the same way. */
export function replayedReply(exchange: Exchange, pace: Pace): Reply {
  const chunks = exchangeChunks(exchange);
  const steps: Step[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const ms = pace(exchange.timing?.chunks[index]?.dt ?? 0);
    if (ms > 0) steps.push(wait(ms));
    steps.push(chunk);
  }
  // A clean end would make a response that was cut short look whole.
  if (exchange.end.how !== "eof") steps.push(reset());
  const { trailers = [] } = exchange;
  return {
    status: exchange.response.status,
    headers: replayedHeaders(exchange),
    body: steps,
    ...(trailers.length > 0 ? { trailers } : {}),
  };
}

/** The recorded headers; a length is that of the body there is, which may have been edited. */
function replayedHeaders({ request, response, end }: Exchange): readonly HeaderLine[] {
  if (request.method === "HEAD" || end.how !== "eof") return response.headers;
  return response.headers.map(([name, value]) => [
    name,
    name.toLowerCase() === "content-length" ? String(end.bytes) : value,
  ]);
}
