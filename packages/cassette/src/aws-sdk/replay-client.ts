import type { Cassette } from "../cassette.ts";
import { requireKnown } from "../options.ts";
import { replayOptions, type ExchangeUsage } from "../replay.ts";
import { missError, Playback, type ReplayClientOptions } from "./playback.ts";
import { takeOver, type SdkClient } from "./sdk-client.ts";
import { standInIdentity } from "./stand-in-identity.ts";
import { transportOf } from "./transport.ts";

/** The replay of a client. */
export interface ClientReplay extends Disposable {
  /** Every recording and how often it has been played. */
  usage(): readonly ExchangeUsage[];
  /** Begins anew: nothing has been played. */
  reset(): void;
  /** The client is as it was before. */
  stop(): void;
}

/**
 * Answers the calls of an AWS SDK v3 client from recordings, without network, port or credentials. What the client gets
 * is what it got when they were recorded: output, errors, chunks and, if asked for, pauses.
 *
 * A call that matches no recording rejects with CassetteError `miss`, which says what the nearest recording differs in.
 * The SDK does not try again.
 *
 * @throws CassetteError `option`; `state` for a client that is recorded or replayed already. ServiceError
 *   `fault_syntax` or `fault_range`.
 */
export function replayClient(
  client: SdkClient,
  cassettes: Cassette | readonly Cassette[],
  options: ReplayClientOptions = {},
): ClientReplay {
  requireKnown("", options, replayOptions);
  const playback = new Playback(cassettes, options);
  const stop = takeOver(client, (own, config) => {
    const transport = transportOf(own);
    return {
      async handle(request, sendOptions) {
        const answer = await playback.play(request, sendOptions, transport);
        if ("message" in answer) throw missError(answer);
        return answer;
      },
      restore: standInIdentity(config),
    };
  });
  return {
    usage: () => playback.service.usage(),
    reset: () => playback.service.reset(),
    stop,
    [Symbol.dispose]: stop,
  };
}
