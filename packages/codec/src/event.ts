import { encodeMessage } from "./message.ts";

/** An event to encode: its `:event-type`, and one of `json`, `text` or `payload`. */
export interface EventInput {
  readonly event: string;
  readonly json?: unknown;
  readonly text?: string;
  readonly payload?: Uint8Array;
  /** Default: `application/json` for `json`, `text/plain` for `text`, `application/octet-stream` for `payload`. */
  readonly contentType?: string;
}

/** Encodes one event with the three headers AWS sends, in AWS's order: type, content type, message type. */
export function encodeEvent(input: EventInput): Uint8Array<ArrayBuffer> {
  const [fallback, payload] =
    input.payload !== undefined
      ? ["application/octet-stream", input.payload]
      : input.text !== undefined
        ? ["text/plain", input.text]
        : ["application/json", JSON.stringify(input.json)];
  return encodeMessage({
    headers: [
      [":event-type", input.event],
      [":content-type", input.contentType ?? fallback],
      [":message-type", "event"],
    ],
    payload: payload as Uint8Array | string,
  });
}
