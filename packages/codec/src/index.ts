export { crc32 } from "./crc32.ts";
export { decodeMessage } from "./decode-message.ts";
export type { DecodeOptions, ReceiveOptions } from "./decode-options.ts";
export { encodedLength, encodeMessage } from "./encode-message.ts";
export type { EncodeOptions } from "./encode-message.ts";
export { EventStreamError } from "./errors.ts";
export type {
  ArgumentErrorCode,
  DecodeErrorCode,
  EncodeErrorCode,
  EventErrorCode,
  EventStreamErrorCode,
  EventStreamErrorDetails,
} from "./errors.ts";
export { encodeEvent } from "./event.ts";
export type { EventInput } from "./event.ts";
export { FrameSplitter } from "./frame-splitter.ts";
export { byte, int32, long, short, timestamp, timestampToDate, uuid } from "./header-values.ts";
export { MessageHeaders } from "./headers.ts";
export type { Limits } from "./limits.ts";
export { MessageDecoder } from "./message-decoder.ts";
export type { HeaderInput, HeadersInput, HeaderValue, Message, MessageInput } from "./types.ts";
