import type { ClientRequest, IncomingMessage } from "node:http";
import { longestWait, type Delay } from "@eventstream-kit/service";

/** How long an upstream may send nothing. */
export interface IdleLimit {
  /** Milliseconds, above 0. */
  readonly ms: number;
  readonly delay: Delay;
}

/**
 * Destroys a call with an error when nothing has come for too long, be it the head or more of the body. The time in which the
 * reader has paused the connection does not count.
 *
 * There is one timer, however much comes: it looks at when something came last.
 */
export async function limitIdleTime(
  outgoing: ClientRequest,
  { ms, delay }: IdleLimit,
  clock: () => number,
  error: () => Error,
): Promise<void> {
  const over = new AbortController();
  let incoming: IncomingMessage | undefined;
  let heardAt = clock();
  const heard = () => void (heardAt = clock());
  outgoing.on("information", heard);
  // Who listens to the data resumes: the head counts as well.
  outgoing.on("response", (response) => (incoming = response.on("data", heard).on("resume", heard)));
  outgoing.on("close", () => over.abort());
  try {
    for (let left = ms; left > 0; left = heardAt + ms - clock()) {
      await delay(Math.min(left, longestWait), over.signal);
      if (incoming?.isPaused()) heard();
    }
  } catch {
    // It is over.
    return;
  }
  (incoming ?? outgoing).destroy(error());
}
