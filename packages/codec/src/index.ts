export { crc32 } from "./crc32.ts";
export { EventStreamError } from "./errors.ts";
export type {
  DecodeErrorCode,
  EncodeErrorCode,
  EventErrorCode,
  EventStreamErrorCode,
  EventStreamErrorDetails,
} from "./errors.ts";
export { encodeEvent } from "./event.ts";
export type { EventInput } from "./event.ts";
export { MessageHeaders } from "./headers.ts";
export { decodeMessage, encodeMessage, MessageDecoder } from "./message.ts";
export type { HeaderInput, HeadersInput, HeaderValue, Message, MessageInput } from "./types.ts";
