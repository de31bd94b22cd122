import { MessageHeaders, encodeInto, encodeMessage, encodeParts, encodedLength } from "@eventstream-kit/codec";
import type { HeaderInput } from "@eventstream-kit/codec";
import type { Parts } from "@eventstream-kit/service";

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
/** From this size on, a copy costs more than that the next frame has to wait until this one is sent. */
const lentBytes = 16 * 1024;
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

/**
 * The same frame, without a copy of a large payload: it is good for as long as the payload is. With 64 KiB of memory for
 * each frame, a large stream took twice the processor time: the system has to find fresh pages for it.
 */
export function lentChunkFrame(payload: Uint8Array): Uint8Array | Parts {
  return payload.length >= lentBytes ? encodeParts({ headers: chunkHeaders, payload }) : chunkFrame(payload);
}

/** The frame of `InvokeComplete`, whose members `json` is. */
export function completeFrame(json: object): Uint8Array {
  return encodeMessage({ headers: completeHeaders, payload: JSON.stringify(json) });
}
