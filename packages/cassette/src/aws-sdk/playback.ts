import { STATUS_CODES } from "node:http";
import type { Delay, Reply } from "@eventstream-kit/service";
import { BodyReader, isBytes } from "@eventstream-kit/service";
import type { Cassette } from "../cassette.ts";
import { CassetteError } from "../errors.ts";
import { replayOf, type Replay, type ReplayOptions } from "../replay.ts";
import type { ReplayMiss } from "../replay-miss.ts";
import { readableOf, webStreamOf, type Chunks } from "./body-streams.ts";
import type { SdkRequest, SdkResponse, SendOptions } from "./sdk-client.ts";
import { serviceRequestOf } from "./sdk-request.ts";
import { abortedError, abortError, brokenError, type Transport } from "./transport.ts";

/** How recordings are replayed to a client. A call without recording always rejects. */
export interface ReplayClientOptions extends Omit<ReplayOptions, "miss"> {}

/** Recordings as the answers to the requests of SDKs, in the form in which a client's own handler would deliver them. */
export class Playback {
  readonly service: Replay;
  readonly #delay: Delay | undefined;
  #missed: ReplayMiss | undefined;

  constructor(cassettes: Cassette | readonly Cassette[], options: ReplayClientOptions = {}) {
    this.#delay = options.delay;
    this.service = replayOf(cassettes, {
      ...options,
      miss: "pass",
      onMiss: (miss) => {
        this.#missed = miss;
        options.onMiss?.(miss);
      },
    });
  }

  /** The recorded answer, or why there is none. */
  async play(
    request: SdkRequest,
    { abortSignal }: SendOptions,
    transport: Transport,
  ): Promise<{ response: SdkResponse } | ReplayMiss> {
    const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
    const received = await serviceRequestOf(request);
    if (signal?.aborted) throw abortError(signal);
    this.#missed = undefined;
    const answered = this.service.handle({ ...received, ...(signal ? { signal } : {}) });
    // It is told of a miss before it returns, so no other call comes between.
    const missed = this.#missed as ReplayMiss | undefined;
    if (missed) return missed;
    try {
      return { response: responseOf((await answered)!, transport, { delay: this.#delay, signal }) };
    } catch (error) {
      throw signal?.aborted ? abortError(signal) : error;
    }
  }
}

/** A miss as what `send()` rejects with, whatever protocol the service speaks. No SDK tries again after it. */
export function missError(miss: ReplayMiss): CassetteError {
  return new CassetteError("miss", miss.message, { miss });
}

interface Reading {
  readonly delay: Delay | undefined;
  readonly signal: AbortSignal | undefined;
}

function responseOf(reply: Reply, transport: Transport, reading: Reading): SdkResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of reply.headers) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return {
    statusCode: reply.status,
    // HTTP/2 has none.
    ...(transport === "h2" ? {} : { reason: STATUS_CODES[reply.status] ?? "" }),
    headers,
    body: bodyOf(reply, transport, reading),
  };
}

function bodyOf(reply: Reply, transport: Transport, { delay, signal }: Reading): unknown {
  const reader = new BodyReader(reply.body, delay);
  const abort = () => void reader.cancel(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const leave = () => {
    signal?.removeEventListener("abort", abort);
    void reader.cancel();
  };
  async function* read(): Chunks {
    for (;;) {
      let step;
      try {
        step = await reader.next();
      } catch (error) {
        if (!signal?.aborted) throw error;
      }
      if (signal?.aborted) {
        const error = abortedError(transport, signal);
        if (error === undefined) return;
        throw error;
      }
      if (step === undefined) return;
      if (!isBytes(step)) throw brokenError(transport);
      yield step;
    }
  }
  return transport === "fetch" ? webStreamOf(read(), leave) : readableOf(read(), leave);
}
