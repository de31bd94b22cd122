import { STATUS_CODES } from "node:http";
import type { Delay, Reply } from "@eventstream-kit/service";
import { BodyReader } from "@eventstream-kit/service";
import { CassetteError } from "../errors.ts";
import { replay, type Replay, type ReplayOptions } from "../replay.ts";
import type { Cassette } from "../cassette.ts";
import type { ReplayMiss } from "../replay-miss.ts";
import { readableOf, webStreamOf, type Chunks } from "./body-streams.ts";
import type { SdkRequest, SdkRequestHandler, SdkResponse, SendOptions } from "./sdk-client.ts";
import { serviceRequestOf } from "./sdk-request.ts";
import { abortedError, abortError, brokenError, transportOf, type Transport } from "./transport.ts";

/** Recordings as the answers to an SDK's requests. */
export interface Player {
  readonly service: Replay;
  /** The recorded answer, or why there is none. */
  play(request: SdkRequest, options: SendOptions): Promise<{ response: SdkResponse } | ReplayMiss>;
}

/** How recordings are replayed to a client. A call without recording always rejects. */
export interface ReplayClientOptions extends Omit<ReplayOptions, "miss"> {}

/** Answers with recordings, in the form in which the client's own handler would have delivered them. */
export function player(
  own: SdkRequestHandler,
  cassettes: Cassette | readonly Cassette[],
  options: ReplayClientOptions = {},
): Player {
  let missed: ReplayMiss | undefined;
  const service = replay(cassettes, {
    ...options,
    miss: "pass",
    onMiss(miss) {
      missed = miss;
      options.onMiss?.(miss);
    },
  });
  const transport = transportOf(own);
  return {
    service,
    async play(request, { abortSignal }) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      const received = await serviceRequestOf(request);
      if (signal?.aborted) throw abortError(signal);
      // It is told of a miss before it returns, so no other call comes between.
      missed = undefined;
      const answered = service.handle({ ...received, ...(signal ? { signal } : {}) });
      const miss = missed as ReplayMiss | undefined;
      if (miss) return miss;
      const reply = (await unlessAborted(answered, signal))!;
      return { response: responseOf(reply, transport, { delay: options.delay, signal }) };
    },
  };
}

/** A miss as what `send()` rejects with, whatever protocol the service speaks. No SDK tries again after it. */
export function missError(miss: ReplayMiss): CassetteError {
  return new CassetteError("miss", miss.message, { miss });
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw signal?.aborted ? abortError(signal) : error;
  }
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
      if (!(step instanceof Uint8Array)) throw brokenError(transport);
      yield step;
    }
  }
  return transport === "fetch" ? webStreamOf(read(), leave) : readableOf(read(), leave);
}
