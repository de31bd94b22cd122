import type { Cassette, ReplayOptions } from "@eventstream-kit/cassette";
import { parseCassette, replay } from "@eventstream-kit/cassette";
import type { Service } from "@eventstream-kit/service";
import type { HttpHandler } from "msw";
import { MockHandlersError } from "./errors.ts";
import type { HandlersOptions } from "./handlers-for.ts";
import { handlersFor } from "./handlers-for.ts";

/** How recordings are replayed behind msw. */
export interface ReplayHandlersOptions extends ReplayOptions, Pick<HandlersOptions, "onError" | "once"> {
  /**
   * A request that no recording matches: `pass` (the default, unlike `replay`'s) leaves it to the handlers behind and
   * to msw's policy for unhandled requests; `error` answers it with an error that names the nearest recording.
   */
  readonly miss?: "error" | "pass";
  /** Told at once, for each exchange, what msw cannot show of it. Default: `console.warn`. */
  readonly onDifference?: (message: string) => void;
}

/**
 * msw handlers that answer from recordings: a cassette, several, the text of one, or a service such as `replay()` makes,
 * which has its options already. Waits are left out unless `speed` asks for them.
 *
 * For files, see `replayHandlers` of `@eventstream-kit/mock-handlers/node`.
 *
 * @throws CassetteError for a text that is no cassette.
 * @throws MockHandlersError `cassette` for anything else, and for options beside a service.
 */
export function replayHandlers(
  service: Service,
  options?: Pick<ReplayHandlersOptions, "delay" | "onError" | "once">,
): HttpHandler[];
export function replayHandlers(
  source: Cassette | readonly Cassette[] | string,
  options?: ReplayHandlersOptions,
): HttpHandler[];
export function replayHandlers(
  source: Service | Cassette | readonly Cassette[] | string,
  options: ReplayHandlersOptions = {},
): HttpHandler[] {
  const { delay, onError, once = false, onDifference = (message) => console.warn(message), ...replayOptions } = options;
  const behind = { once, ...(delay ? { delay } : {}), ...(onError ? { onError } : {}) };
  if (typeof source === "object" && source !== null && "handle" in source) {
    refuseOptions(replayOptions);
    return handlersFor(source, behind);
  }
  const cassettes = cassettesOf(source);
  for (const message of differencesOf(cassettes)) onDifference(message);
  return handlersFor(replay(cassettes, { miss: "pass", ...(delay ? { delay } : {}), ...replayOptions }), behind);
}

function cassettesOf(source: unknown): readonly Cassette[] {
  if (typeof source === "string") {
    if (source.trimStart().startsWith("{")) return [parseCassette(source)];
    throw new MockHandlersError(
      "cassette",
      `replayHandlers was given the text ${JSON.stringify(source.slice(0, 60))}; expected a cassette, whose first line is JSON. For a path there is replayHandlers of @eventstream-kit/mock-handlers/node`,
    );
  }
  const cassettes: readonly unknown[] = Array.isArray(source) ? source : [source];
  if (cassettes.length > 0 && cassettes.every(isCassette)) return cassettes;
  const found = cassettes.length === 0 ? "an empty list" : typeof cassettes.find((one) => !isCassette(one));
  throw new MockHandlersError(
    "cassette",
    `replayHandlers was given ${found}; expected a cassette, the text of one, or a service`,
  );
}

function isCassette(one: unknown): one is Cassette {
  return typeof one === "object" && one !== null && "exchanges" in one;
}

/** `Headers` holds one line a name: of a recording with more, clients get one with all values. A `Response` has no trailers. */
function differencesOf(cassettes: readonly Cassette[]): string[] {
  const exchanges = cassettes.flatMap((cassette) => cassette.exchanges);
  return exchanges.flatMap(({ request, response, trailers = [] }) => {
    const answer = `The recorded answer to ${request.method} ${request.path}`;
    const names = response.headers.map(([name]) => name.toLowerCase()).filter((name) => name !== "set-cookie");
    const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
    const merged = [...twice].map(
      (name) => `${answer} has more than one ${name} line; msw shows one line with all values`,
    );
    return trailers.length > 0 ? merged.concat(`${answer} has trailers; msw does not show them`) : merged;
  });
}

function refuseOptions(options: object): void {
  const names = Object.keys(options);
  if (names.length === 0) return;
  throw new MockHandlersError(
    "cassette",
    `replayHandlers was given a service and ${names.join(", ")}; expected these where the service is made, such as replay(cassette, { ${names.join(", ")} })`,
  );
}
