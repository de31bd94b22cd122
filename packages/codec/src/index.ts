export type { ReadableStreamLike, StreamSource } from "./chunk-source.ts";
export { crc32 } from "./crc32.ts";
export { decodeEvents } from "./decode-events.ts";
export type { EventOptions } from "./decode-events.ts";
export { decodeMessage } from "./decode-message.ts";
export type { DecodeOptions, ReceiveOptions } from "./decode-options.ts";
export { decodeStream } from "./decode-stream.ts";
export type { StreamOptions } from "./decode-stream.ts";
export type { EncodeOptions } from "./begin-frame.ts";
export { encodeInto } from "./encode-into.ts";
export { encodedLength, encodeMessage } from "./encode-message.ts";
export { encodeMessages } from "./encode-messages.ts";
export { encodeParts } from "./encode-parts.ts";
export type { PayloadPart } from "./encode-parts.ts";
export { EventStreamError } from "./errors.ts";
export type {
  ArgumentErrorCode,
  DecodeErrorCode,
  EncodeErrorCode,
  EventErrorCode,
  EventStreamErrorCode,
  EventStreamErrorDetails,
  ServiceErrorCode,
  SigningErrorCode,
} from "./errors.ts";
export { EventStreamException } from "./event-stream-exception.ts";
export { encodeError, encodeEvent, encodeException } from "./event.ts";
export type { ErrorInput, EventContent, EventInput, ExceptionInput } from "./event.ts";
export { FrameSplitter } from "./frame-splitter.ts";
export { byte, int32, long, short, timestamp, timestampToDate, uuid } from "./header-values.ts";
export type { HeaderJson } from "./header-json.ts";
export { MessageHeaders } from "./message-headers.ts";
export type { MessageHeadersConstructor } from "./message-headers.ts";
export type { Limits } from "./limits.ts";
export { MessageDecoder } from "./message-decoder.ts";
export { messageFromJson, messageToJson } from "./message-json.ts";
export type { MessageJson } from "./message-json.ts";
export { MessageDecoderStream, MessageEncoderStream } from "./message-streams.ts";
export type { PayloadJson } from "./payload-json.ts";
export type { ResponseLike } from "./response-source.ts";
export type {
  ErrorItem,
  ExceptionItem,
  KnownEvent,
  LastItem,
  StreamEvent,
  StreamItem,
  UnknownEvent,
} from "./stream-event.ts";
export type { HeaderInput, HeadersInput, HeaderValue, Message, MessageInput } from "./types.ts";
