import type { Exchange } from "@eventstream-kit/cassette";
import { RecorderError } from "../errors.ts";

/** All exchanges, or the one whose number was said. One that is not there is an error, not an empty answer. */
export function chosenExchanges(exchanges: readonly Exchange[], number: number | undefined): readonly Exchange[] {
  if (number === undefined) return exchanges;
  const chosen = exchanges[number - 1];
  if (chosen) return [chosen];
  throw new RecorderError("usage", `There is no exchange ${number}; the input has ${exchanges.length}`);
}

/** True for a body that is no event stream, or that cannot be looked into. */
export function isOpaque({ items }: Exchange): boolean {
  return items.some((item) => item.kind === "raw" && opaqueReasons.has(item.why));
}

const opaqueReasons: ReadonlySet<string> = new Set(["not_event_stream", "content_encoding"]);
