import { MessageHeaders, encodeInto, encodeMessage, encodedLength } from "@eventstream-kit/codec";
import type { HeaderInput } from "@eventstream-kit/codec";

// Made once, in AWS's order: the codec remembers the bytes of such headers.
const chunkHeaders = headersOf("PayloadChunk", "application/octet-stream");
const completeHeaders = headersOf("InvokeComplete", "application/json");
const chunkOverhead = encodedLength({ headers: chunkHeaders });

function headersOf(event: string, contentType: string): MessageHeaders {
  const headers: [string, HeaderInput][] = [
    [":event-type", event],
    [":content-type", contentType],
    [":message-type", "event"],
  ];
  return new MessageHeaders(headers);
}

/** Small frames share pieces of memory: to allocate one of its own would cost more than to write the frame. */
const sharedBytes = 64 * 1024;
const smallBytes = 4096;
let shared = new Uint8Array(0);
let used = 0;

/** The frame of a `PayloadChunk`. The payload is copied. */
export function chunkFrame(payload: Uint8Array): Uint8Array {
  const message = { headers: chunkHeaders, payload };
  const length = chunkOverhead + payload.length;
  if (length > smallBytes) return encodeMessage(message);
  if (used + length > shared.length) {
    shared = new Uint8Array(sharedBytes);
    used = 0;
  }
  const at = used;
  used += encodeInto(message, shared, at);
  return shared.subarray(at, used);
}

/** The frame of `InvokeComplete`, whose members `json` is. */
export function completeFrame(json: object): Uint8Array {
  return encodeMessage({ headers: completeHeaders, payload: JSON.stringify(json) });
}
