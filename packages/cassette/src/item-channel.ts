import type { Message } from "@eventstream-kit/codec";
import type { Item } from "./cassette.ts";

/** The headers that name what a frame is, the first that there is counts. */
export const typeHeaders = [":event-type", ":exception-type", ":message-type"] as const;

/** Payloads with one name are one text. Undefined for what is compressed, which is none. */
export function channelOf(item: Item): string | undefined {
  if (item.kind === "raw") return item.why === "content_encoding" ? undefined : "raw";
  return `frame ${typeOf(item.message)}`;
}

function typeOf({ headers }: Message): string {
  for (const name of typeHeaders) {
    const header = headers.get(name);
    if (header?.type === "string") return header.value;
  }
  return "";
}

export function payloadOf(item: Item): Uint8Array {
  return item.kind === "frame" ? item.message.payload : item.bytes;
}
