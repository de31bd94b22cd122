import type { HeaderLine, Reply, Step } from "@eventstream-kit/service";
import { longestWait, reset, wait } from "@eventstream-kit/service";
import { exchangeChunks } from "./body-map.ts";
import type { Exchange } from "./cassette.ts";

/** Milliseconds to wait for a recorded gap of so many. */
export type Pace = (gap: number) => number;

/**
 * A pace from the options of a replay.
 *
 * @param speed `max`: no waits. `recorded`: as it was. A number: so many times as fast.
 * @param maxGap no wait is longer, in milliseconds, after the speed has been applied.
 */
export function paceOf(speed: "recorded" | "max" | number, maxGap: number): Pace {
  if (speed === "max") return () => 0;
  const factor = speed === "recorded" ? 1 : speed;
  return (gap) => Math.min(gap / factor, maxGap, longestWait);
}

/** The recorded response as a reply: the same head, bytes and chunks, and it ends in the same way. */
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
  return { status: exchange.response.status, headers: replayedHeaders(exchange), body: steps };
}

/** The recorded headers; a length is that of the body there is, which may have been edited. */
function replayedHeaders({ request, response, end }: Exchange): readonly HeaderLine[] {
  if (request.method === "HEAD" || end.how !== "eof") return response.headers;
  return response.headers.map(([name, value]) => [
    name,
    name.toLowerCase() === "content-length" ? String(end.bytes) : value,
  ]);
}
