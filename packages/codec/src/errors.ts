import type { Message } from "./types.ts";

/** What was wrong with received bytes. A cassette's `why` and the command line reuse these names. */
export type DecodeErrorCode =
  /** The CRC-32 over the first eight bytes does not match bytes 8–11. */
  | "prelude_crc"
  /** The CRC-32 over the whole message does not match its last four bytes. */
  | "message_crc"
  /** `total_length` is below 16, or `headers_length` is above `total_length - 16`. */
  | "length_relation"
  /** The message, its payload or its header block is over a limit in force. */
  | "too_large"
  /** The input ended inside a message. */
  | "truncated"
  /** Bytes follow the end: after the one message of `decodeMessage`, or pushed after `finish`. */
  | "trailing_bytes"
  /** A header runs past the end of the header block. */
  | "header_overrun"
  /** A header has a type byte above 9. */
  | "header_type"
  /** A header has a name of zero bytes. */
  | "header_name_empty"
  /** A header name occurs twice in one message. */
  | "header_duplicate"
  /** A header name or string value is not valid UTF-8. */
  | "header_utf8"
  /** A string or binary header value is longer than 32,767 bytes under the specification's limits. */
  | "value_length";

/** What was wrong with a well-formed message as an event, or with what a stream came in. */
export type EventErrorCode =
  /** `:message-type` is missing, not a string, or unknown. */
  | "message_type"
  /** `:event-type` or `:exception-type` is missing or not a string. */
  | "event_type"
  /** The payload is not JSON. */
  | "payload_json"
  /** The payload is not UTF-8. */
  | "payload_utf8"
  /** The source is an HTTP response that is not a successful event stream. */
  | "not_event_stream";

/** What kind of bad news a service put into its stream, for `EventStreamException`. Nothing is wrong with the bytes. */
export type ServiceErrorCode =
  /** A frame of `:message-type` `exception`: an error that the service's model names. */
  | "exception"
  /** A frame of `:message-type` `error`: an error outside the model. */
  | "error";

/** What was wrong with a message to encode. Nothing was written. */
export type EncodeErrorCode =
  /** A number is not an integer or does not fit its header type. */
  | "encode_range"
  /** A value has the wrong JavaScript type, or text that is no UUID, no valid date or no valid Unicode. */
  | "encode_type"
  /** A name is empty, or a name, value, header block or payload is over a limit in force. */
  | "encode_limit"
  /** Two headers have one name. */
  | "encode_duplicate";

/** What was wrong with a stream of signed events (`./signing`), on either end of it. */
export type SigningErrorCode =
  /** A signature is not that of its event after the one before it: something was changed, moved, left out or put in. */
  | "signature_mismatch"
  /** A message without a `:date` and a `:chunk-signature` of 32 bytes, where signed events are expected. */
  | "signature_missing"
  /** The stream stops without the signed end. */
  | "signing_end_missing"
  /** An event after the signed end, to sign or to verify. */
  | "signing_ended";

/** What was wrong with a call. Mostly what TypeScript would have refused. */
export type ArgumentErrorCode =
  /** An option or argument has a value that is not allowed, such as a chunk that is not a Uint8Array. */
  "invalid_argument";

/** Every code this package throws. The list is closed. */
export type EventStreamErrorCode =
  | DecodeErrorCode
  | EventErrorCode
  | ServiceErrorCode
  | EncodeErrorCode
  | SigningErrorCode
  | ArgumentErrorCode;

/** Facts that belong to an error. Which are present depends on the code. */
export interface EventStreamErrorDetails {
  /**
   * Byte offset from the start of the stream (decoders) or of the message (`decodeMessage`): of the field that is wrong,
   * or of the byte that is missing.
   */
  readonly offset?: number;
  /** Index of the message in the stream, from 0. */
  readonly messageIndex?: number;
  /** What was expected: a CRC, a byte count, a limit. */
  readonly expected?: number;
  /** What was found instead, in the same unit as `expected`. */
  readonly received?: number;
  /** Name of the header concerned. */
  readonly header?: string;
  /** Which limit was passed, for `too_large` and `encode_limit`. */
  readonly limit?: "message" | "payload" | "headers" | "name" | "value";
  /** The place in a JSON value, such as `headers[2][1]`, for `messageFromJson`. */
  readonly field?: string;
  /** The message concerned, for `message_type` and `event_type`. */
  readonly rawMessage?: Message;
  /** HTTP status, for `not_event_stream`. */
  readonly status?: number;
  /** The `content-type` header, for `not_event_stream`. */
  readonly contentType?: string;
  /** The `x-amzn-errortype` header as it came, for `not_event_stream`. */
  readonly errorType?: string;
  /** The service's id of the request, for `not_event_stream`. */
  readonly requestId?: string;
  /** The first KiB of the body read as UTF-8, for `not_event_stream`. What is no UTF-8 appears as U+FFFD. */
  readonly body?: string;
  readonly cause?: unknown;
}

/** The one error class of this package. Switch on {@link EventStreamError.code}; messages may improve. */
export class EventStreamError extends Error {
  override readonly name: string = "EventStreamError";
  readonly code: EventStreamErrorCode;
  declare readonly offset?: number;
  declare readonly messageIndex?: number;
  declare readonly expected?: number;
  declare readonly received?: number;
  declare readonly header?: string;
  declare readonly limit?: "message" | "payload" | "headers" | "name" | "value";
  declare readonly field?: string;
  declare readonly rawMessage?: Message;
  declare readonly status?: number;
  declare readonly contentType?: string | undefined;
  declare readonly errorType?: string;
  declare readonly requestId?: string;
  declare readonly body?: string;

  constructor(code: EventStreamErrorCode, message: string, details: EventStreamErrorDetails = {}) {
    const { cause, ...facts } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}
