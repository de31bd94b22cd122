import { fileURLToPath } from "node:url";
import { loadCassettes } from "@eventstream-kit/cassette/node";
import type { HttpHandler } from "msw";
import type { ReplayHandlersOptions } from "./replay-handlers.ts";
import { replayHandlers as replayLoaded } from "./replay-handlers.ts";

/**
 * msw handlers that answer from cassette files: `setupServer(...(await replayHandlers("chat.cassette.jsonl")))`. A
 * folder stands for all `*.cassette.jsonl` in it. Everything is read and checked before the promise resolves.
 *
 * @throws CassetteError for a file that cannot be read or is no cassette.
 */
export async function replayHandlers(
  paths: string | URL | readonly (string | URL)[],
  options: ReplayHandlersOptions = {},
): Promise<HttpHandler[]> {
  const all = typeof paths === "string" || paths instanceof URL ? [paths] : paths;
  return replayLoaded(
    await loadCassettes(all.map((path) => (typeof path === "string" ? path : fileURLToPath(path)))),
    options,
  );
}
