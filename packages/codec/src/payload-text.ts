import type { EventStreamErrorDetails } from "./errors.ts";
import { EventStreamError } from "./errors.ts";
import { readUtf8 } from "./utf8.ts";

const byteOrderMark = "\uFEFF";

/** A payload as text, exactly: nothing is replaced, and a byte order mark stays. */
export function payloadText(payload: Uint8Array, doing: string, details: EventStreamErrorDetails = {}): string {
  const text = readUtf8(payload, 0, payload.length);
  if (text !== undefined) return text;
  const problem = `${doing}: the payload of ${payload.length} bytes is not valid UTF-8`;
  throw new EventStreamError("payload_utf8", problem, details);
}

/** A payload as the value it is the JSON of. A parser may ignore a byte order mark (RFC 8259, section 8.1), and does. */
export function payloadJson(payload: Uint8Array, doing: string, details: EventStreamErrorDetails = {}): unknown {
  const text = payloadText(payload, doing, details);
  try {
    return JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text) as unknown;
  } catch (cause) {
    const found =
      payload.length === 0 ? "an empty payload" : `a payload of ${payload.length} bytes that is something else`;
    throw new EventStreamError("payload_json", `${doing}: found ${found}, expected JSON`, { ...details, cause });
  }
}
