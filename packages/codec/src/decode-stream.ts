import type { StreamSource } from "./chunk-source.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { ItemStream } from "./item-stream.ts";
import { MessageDecoder } from "./message-decoder.ts";
import type { Message } from "./types.ts";

/** How to read a stream. */
export interface StreamOptions extends DecodeOptions {
  /** Ends the stream with the reason of the abort, even while the source is being waited for, and cancels the source. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes the messages of a stream as they arrive. For their meaning see `decodeEvents`.
 *
 * - Nothing is read before the first message is asked for, and no chunk before it is needed.
 * - Leaving the loop cancels the source: `cancel()` of a `ReadableStream`, `destroy()` of a Node stream, `return()` of
 *   an iterator. So do an abort and whatever is wrong with the bytes; then a failure to cancel is not reported.
 * - An error of the source, such as a connection reset, is thrown as it is. It is not `truncated`: that means that the
 *   source ended, without complaint, inside a message.
 * - After an error every further `next()` throws it again.
 *
 * @param source See {@link StreamSource}. A `Response` must be a successful event stream.
 * @returns The messages, to be iterated once.
 * @throws {EventStreamError} `invalid_argument`, at once, for a source or option that is none. When iterated: any
 *   `DecodeErrorCode`, `not_event_stream` for a `Response` that is something else, and `invalid_argument` for a source
 *   that is in use or has chunks that are no bytes.
 */
export function decodeStream(source: StreamSource, options: StreamOptions = {}): AsyncIterableIterator<Message> {
  return new ItemStream(source, new MessageDecoder(options), options.signal, "Decoding a stream");
}
