import type { Delay, Fault, Reply, Service, ServiceRequest } from "@eventstream-kit/service";
import { applyFaults, realDelay } from "@eventstream-kit/service";
import type { Cassette, Exchange } from "./cassette.ts";
import type { Features, MatchOptions } from "./match.ts";
import { matcher } from "./match.ts";
import { badOption, requireOneOf } from "./options.ts";
import type { ReplayMiss } from "./replay-miss.ts";
import { missOf, missReply } from "./replay-miss.ts";
import { paceOf, replayedReply } from "./replayed-reply.ts";

export interface ReplayOptions {
  /**
   * `max`: no waits, the chunks are kept. `recorded`: the gaps are those recorded, and the head comes as late. A number:
   * so many times as fast as recorded. Default `max`.
   */
  readonly speed?: "recorded" | "max" | number;
  /** No wait is longer, in milliseconds. Default: no limit. */
  readonly maxGap?: number;
  /** A fault for every replayed response, as data or text such as `reset@frame:2`. Default: none. */
  readonly fault?: Fault | string;
  /** Several faults, applied in their order; `fault`, if there is one too, comes first. Default: none. */
  readonly faults?: readonly (Fault | string)[];
  /** What makes a request the recorded one. */
  readonly match?: MatchOptions;
  /**
   * When all recordings of a request have been played: `repeat` plays the last one again, `miss` makes it a miss.
   * Default `repeat`.
   */
  readonly afterLast?: "repeat" | "miss";
  /**
   * A request without recording: `error` answers 404 with a `ReplayMissError` that says what differs, `pass` leaves it to
   * the next service. Default `error`.
   */
  readonly miss?: "error" | "pass";
  /** Told about each request without recording, whatever `miss` is. */
  readonly onMiss?: (miss: ReplayMiss) => void;
  /** Waits for the response head. The waits in the body are the transport's. Default: real time. */
  readonly delay?: Delay;
}

/** How often a recording has been played. */
export interface ExchangeUsage {
  readonly cassette: Cassette;
  readonly exchange: Exchange;
  readonly played: number;
}

/** A service that answers with recordings. */
export interface Replay extends Service {
  /** Every recording and how often it has been played. Those played 0 times are perhaps not needed any more. */
  usage(): readonly ExchangeUsage[];
  /** Begins anew: nothing has been played. */
  reset(): void;
}

/**
 * Answers requests with what was recorded: same status, headers, bytes and chunks. Several recordings of one
 * request are played in their order.
 *
 * A response that was reset, timed out, was aborted or hit the recorder's limit ends with a broken connection.
 *
 * @throws CassetteError `option`; ServiceError `fault_syntax` or `fault_range`.
 */
export function replay(cassettes: Cassette | readonly Cassette[], options: ReplayOptions = {}): Replay {
  const { speed = "max", maxGap = Infinity, afterLast = "repeat", miss = "error", delay = realDelay } = options;
  checkSpeed(speed);
  requireOneOf("afterLast", afterLast, ["repeat", "miss"]);
  requireOneOf("miss", miss, ["error", "pass"]);
  if (!(maxGap >= 0)) throw badOption("maxGap", maxGap, "milliseconds from 0");
  const faults = [...(options.fault === undefined ? [] : [options.fault]), ...(options.faults ?? [])];
  // A fault that cannot be is refused now, not at the first call.
  applyFaults({ status: 200, headers: [], body: [] }, faults);
  const pace = paceOf(speed, maxGap);
  const match = matcher(options.match);
  const list = "exchanges" in cassettes ? [cassettes] : cassettes;
  const recordings = list.flatMap((cassette) =>
    cassette.exchanges.map((exchange) => {
      const { method, path, headers, body } = exchange.request;
      return { cassette, exchange, features: match.features(method, path, headers, body), played: 0 };
    }),
  );

  /** What to play for a request. It counts as played at once, so that calls at one time get one recording each. */
  function next(received: Features): Exchange | undefined {
    const alike = recordings.filter(({ features }) => !match.difference(features, received));
    const found = alike.find(({ played }) => played === 0) ?? (afterLast === "repeat" ? alike.at(-1) : undefined);
    if (found) found.played += 1;
    return found?.exchange;
  }

  function missFor(request: ServiceRequest, received: Features): ReplayMiss {
    const compared = recordings.map(({ cassette, exchange, features }) => {
      return { cassette, exchange, difference: match.difference(features, received) };
    });
    return missOf(request, compared);
  }

  return {
    async handle(request): Promise<Reply | undefined> {
      const received = match.features(request.method, request.target, request.headers, request.body);
      const exchange = next(received);
      if (!exchange) {
        const missed = missFor(request, received);
        options.onMiss?.(missed);
        return miss === "pass" ? undefined : missReply(missed);
      }
      const head = pace(exchange.timing?.res ?? 0);
      if (head > 0) await delay(head, request.signal);
      return applyFaults(replayedReply(exchange, pace), faults);
    },
    usage: () => recordings.map(({ cassette, exchange, played }) => ({ cassette, exchange, played })),
    reset() {
      for (const recording of recordings) recording.played = 0;
    },
  };
}

function checkSpeed(speed: unknown): void {
  if (speed === "recorded" || speed === "max") return;
  if (typeof speed === "number" && speed > 0 && speed < Infinity) return;
  throw badOption("speed", speed, '"recorded", "max" or a number above 0');
}
