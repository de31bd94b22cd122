import type { Cassette, CassetteHeader, Exchange, RecorderOptions } from "@eventstream-kit/cassette";
import { createRecorder } from "@eventstream-kit/cassette";
import type { Delay, HeaderLine, Reply, ServiceRequest } from "@eventstream-kit/service";
import { utf8 } from "./bytes.ts";

export const invokePath = "/2021-11-15/functions/chat/response-streaming-invocations";
export const eventStream: HeaderLine = ["Content-Type", "application/vnd.amazon.eventstream"];

export function requestOf(
  given: Partial<Omit<ServiceRequest, "body">> & { body?: string | Uint8Array } = {},
): ServiceRequest {
  const { body = "", ...others } = given;
  return {
    method: "POST",
    target: invokePath,
    headers: [],
    ...others,
    body: typeof body === "string" ? utf8(body) : body,
  };
}

export interface Recorded {
  readonly request?: ServiceRequest;
  readonly status?: number;
  readonly headers?: readonly HeaderLine[];
  readonly how?: Exchange["end"]["how"];
  readonly options?: RecorderOptions;
}

/** Records one call whose response came in these chunks, ten milliseconds apart. */
export function recorded(chunks: readonly Uint8Array[], given: Recorded = {}): Exchange {
  let time = 0;
  const recorder = createRecorder({ now: () => (time += 10), ...given.options });
  const recording = recorder.start(given.request ?? requestOf());
  recording.head({ status: given.status ?? 200, headers: given.headers ?? [eventStream] });
  for (const chunk of chunks) {
    // As a socket would: the memory of a chunk is used again.
    const lent = Uint8Array.from(chunk);
    recording.chunk(lent);
    lent.fill(0xee);
  }
  return recording.end(given.how);
}

export function cassetteOf(exchanges: readonly Exchange[], header: Partial<CassetteHeader> = {}): Cassette {
  return { header: { eventstream: 1, origin: "recorded", ...header }, exchanges };
}

/** What a transport would do with a reply: its chunks, waits and how it ended. */
export interface Played {
  readonly chunks: readonly Uint8Array[];
  readonly waits: readonly number[];
  readonly reset: boolean;
}

export async function play(reply: Reply | undefined): Promise<Played> {
  const chunks: Uint8Array[] = [];
  const waits: number[] = [];
  for await (const step of reply!.body) {
    if (step instanceof Uint8Array) chunks.push(step);
    else if (step.kind === "wait") waits.push(step.ms);
    else return { chunks, waits, reset: true };
  }
  return { chunks, waits, reset: false };
}

/** A delay that takes no time and notes what was asked for. */
export function notedDelay(): { readonly delay: Delay; readonly waited: number[] } {
  const waited: number[] = [];
  return {
    waited,
    delay: (ms) => {
      waited.push(ms);
      return Promise.resolve();
    },
  };
}
