import type { Exchange } from "@eventstream-kit/cassette";

/** True for a body that is no event stream, or that cannot be looked into. */
export function isOpaque({ items }: Exchange): boolean {
  return items.some((item) => item.kind === "raw" && opaqueReasons.has(item.why));
}

const opaqueReasons: ReadonlySet<string> = new Set(["not_event_stream", "content_encoding"]);
