import type { Delay, Fault, Reply, Service, ServiceRequest } from "@eventstream-kit/service";
import { applyFaults, randomFault, realDelay } from "@eventstream-kit/service";
import type { Cassette, Exchange, RecordedRequest } from "./cassette.ts";
import type { Features, MatchOptions } from "./match.ts";
import { matcher } from "./match.ts";
import { badOption, requireKnown, requireList, requireOneOf } from "./options.ts";
import type { RedactionOptions } from "./redaction/redaction-options.ts";
import { Redactor } from "./redaction/redactor.ts";
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
  /** No wait is shorter, in milliseconds, before the head and before each chunk: what finds timeouts. Default 0. */
  readonly minGap?: number;
  /** A fault for every replayed response, as data or text such as `reset@frame:2`. Default: none. */
  readonly fault?: Fault | string;
  /** Several faults, applied in their order; `fault`, if there is one too, comes first. Default: none. */
  readonly faults?: readonly (Fault | string)[];
  /**
   * A fault in every answer that has frames, chosen by this number and by how many answers there were before: the same calls
   * in the same order break in the same ways. `randomFault` of `@eventstream-kit/service` says what it chooses from. Not
   * together with `fault` or `faults`, which might leave it nothing to break. Default: none.
   */
  readonly seed?: number;
  /** Told which fault `seed` has chosen for an answer. */
  readonly onFault?: (fault: Fault, exchange: Exchange) => void;
  /** What makes a request the recorded one. */
  readonly match?: MatchOptions;
  /**
   * What is masked in requests before they are compared, recorded and received ones alike: what the cassette was recorded
   * with. Default: the built-in rules. `false`: nothing.
   */
  readonly redact?: RedactionOptions | false;
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
  requireKnown("", options, { ...replayOptions, miss: true });
  return replayOf(cassettes, options);
}

/** For {@link requireKnown}; without `miss`, which clients do not have. */
export const replayOptions = {
  speed: true,
  maxGap: true,
  minGap: true,
  fault: true,
  faults: true,
  seed: true,
  onFault: true,
  match: true,
  redact: true,
  afterLast: true,
  onMiss: true,
  delay: true,
} as const;

/** `replay` for those whose options have more in them. */
export function replayOf(cassettes: Cassette | readonly Cassette[], options: ReplayOptions): Replay {
  const { speed = "max", maxGap = Infinity, minGap = 0, seed, delay = realDelay } = options;
  const { afterLast = "repeat", miss = "error" } = options;
  checkSpeed(speed);
  requireOneOf("afterLast", afterLast, ["repeat", "miss"]);
  requireOneOf("miss", miss, ["error", "pass"]);
  if (!(typeof maxGap === "number" && maxGap >= 0)) throw badOption("maxGap", maxGap, "milliseconds from 0");
  if (!(typeof minGap === "number" && minGap >= 0 && minGap <= maxGap))
    throw badOption("minGap", minGap, "milliseconds from 0, and no more than maxGap");
  requireList("faults", options.faults ?? []);
  const faults = [...(options.fault === undefined ? [] : [options.fault]), ...(options.faults ?? [])];
  if (seed !== undefined && (!Number.isSafeInteger(seed) || faults.length > 0)) {
    throw badOption("seed", seed, "a whole number, and no other faults");
  }
  // A fault that cannot be is refused now, not at the first call.
  applyFaults({ status: 200, headers: [], body: [] }, faults);
  const pace = paceOf({ speed, maxGap, minGap });
  const match = matcher(options.match);
  const redactor = options.redact === false ? undefined : new Redactor(options.redact);
  const featuresOf = ({ method, path, headers, body }: RecordedRequest): Features => {
    const shown = redactor?.request({ method, path, headers, body }) ?? { path, headers, body };
    return match.features(method, shown.path, shown.headers, shown.body);
  };
  const list = cassettesOf(cassettes);
  const recordings = list.flatMap((cassette) =>
    cassette.exchanges.map((exchange) => {
      return { cassette, exchange, features: featuresOf(exchange.request), played: 0 };
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
    return missOf(request, received.path, compared);
  }

  let answered = 0;
  /** The faults of the next answer. */
  function faultsOf(exchange: Exchange): readonly (Fault | string)[] {
    const chosen = seed === undefined ? undefined : chosenFault(seed + answered, exchange);
    if (!chosen) return faults;
    answered += 1;
    options.onFault?.(chosen, exchange);
    return [chosen];
  }

  return {
    async handle(request): Promise<Reply | undefined> {
      const received = featuresOf({ ...request, path: request.target });
      const exchange = next(received);
      if (!exchange) {
        const missed = missFor(request, received);
        options.onMiss?.(missed);
        return miss === "pass" ? undefined : missReply(missed);
      }
      const broken = faultsOf(exchange);
      const head = pace(exchange.timing?.res ?? 0);
      if (head > 0) await delay(head, request.signal);
      return applyFaults(replayedReply(exchange, pace), broken);
    },
    usage: () => recordings.map(({ cassette, exchange, played }) => ({ cassette, exchange, played })),
    reset() {
      answered = 0;
      for (const recording of recordings) recording.played = 0;
    },
  };
}

function cassettesOf(given: Cassette | readonly Cassette[]): readonly Cassette[] {
  const list = Array.isArray(given) ? (given as readonly Cassette[]) : [given as Cassette];
  const other = list.find((one) => !Array.isArray(one?.exchanges)) as unknown;
  if (other === undefined && !list.includes(undefined as never)) return list;
  throw badOption("a cassette", other, "what parseCassette or loadCassette returns");
}

function checkSpeed(speed: unknown): void {
  if (speed === "recorded" || speed === "max") return;
  if (typeof speed === "number" && speed > 0 && speed < Infinity) return;
  throw badOption("speed", speed, '"recorded", "max" or a number above 0');
}

/** What there is to choose from in any stream of frames: not the absence of Lambda's last one. */
const anywhere = [
  "reset",
  "eof",
  "truncate",
  "corrupt",
  "drop",
  "dup",
  "exception",
  "error",
  "rechunk",
  "merge",
] as const satisfies readonly Fault["kind"][];

/** Undefined for an answer without frames, in which nothing can be broken. */
function chosenFault(seed: number, { items }: Exchange): Fault | undefined {
  const frames = items.filter((item) => item.kind === "frame");
  if (frames.length === 0) return undefined;
  const hasComplete = frames.some(({ message }) => message.headers.get(":event-type")?.value === "InvokeComplete");
  return randomFault(seed, { frames: frames.length, ...(hasComplete ? {} : { kinds: anywhere }) });
}
