import type { DecodeRules } from "./decode-options.ts";
import type { Frame } from "./frame.ts";
import { HeaderCache } from "./header-cache.ts";
import { MessageHeaders } from "./headers.ts";
import { checkMessageCrc } from "./message-crc.ts";
import { copyToSlab } from "./payload-slab.ts";
import { readHeaders } from "./read-headers.ts";
import type { Message } from "./types.ts";

const noHeaders = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ new MessageHeaders()) as MessageHeaders;

/** One for all decoders: a stream begins with what others have met. */
const cache = /* @__PURE__ */ new HeaderCache();

/** Makes a message of a frame whose prelude is right, if its CRC and headers are. */
export function readMessage(frame: Frame, rules: DecodeRules): Message {
  return { headers: checkedHeaders(frame, rules), payload: payloadOf(frame, rules) };
}

/** Checks the CRC of the whole message before a header is read. */
function checkedHeaders(frame: Frame, rules: DecodeRules): MessageHeaders {
  if (frame.headerBytes === 0) {
    checkMessageCrc(frame, frame.start + 8, frame.crc);
    return noHeaders;
  }
  const known = cache.find(frame);
  const head = known?.crcOfHead(frame);
  if (head === undefined) checkMessageCrc(frame, frame.start + 8, frame.crc);
  else checkMessageCrc(frame, frame.headersEnd, head);
  if (known) return known.headers;
  const headers = readHeaders(frame, rules);
  cache.meet(frame, headers);
  return headers;
}

function payloadOf({ bytes, body, memory, headersEnd, payloadBytes }: Frame, { views }: DecodeRules): Uint8Array {
  if (body) return body;
  if (!views) return bytes.slice(headersEnd, headersEnd + payloadBytes);
  return memory === "caller"
    ? new Uint8Array(bytes.buffer, bytes.byteOffset + headersEnd, payloadBytes)
    : copyToSlab(bytes, headersEnd, payloadBytes);
}
