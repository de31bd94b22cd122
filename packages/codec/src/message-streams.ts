import type { DecodeOptions } from "./decode-options.ts";
import type { EncodeOptions } from "./begin-frame.ts";
import { encodeMessage } from "./encode-message.ts";
import { ItemStream } from "./item-stream.ts";
import { MessageDecoder } from "./message-decoder.ts";
import type { Message, MessageInput } from "./types.ts";

/**
 * Bytes to messages, for `pipeThrough`:
 *
 * ```ts
 * for await (const message of response.body.pipeThrough(new MessageDecoderStream())) handle(message);
 * ```
 *
 * Bytes are taken only as messages are read. A fault comes after all the messages before it, and cancels the source.
 * Unlike `decodeStream` it takes no `Response`, so it does not notice one that is not an event stream.
 */
export class MessageDecoderStream implements TransformStream<Uint8Array, Message> {
  readonly writable: WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Message>;

  /** @throws {EventStreamError} `invalid_argument` for an option that is none. */
  constructor(options: DecodeOptions = {}) {
    // Not a transformer: an error would throw away the messages that are in the queue before it. So this one only hands
    // on bytes, and each message is made when it is pulled.
    const bytes = new TransformStream<Uint8Array, Uint8Array>();
    const messages = new ItemStream(bytes.readable, new MessageDecoder(options), undefined, "Decoding a stream");
    this.writable = bytes.writable;
    this.readable = new ReadableStream<Message>(
      {
        async pull(controller) {
          const result = await messages.next();
          if (result.done) controller.close();
          else controller.enqueue(result.value);
        },
        cancel: (reason) => messages.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }
}

/** Messages to bytes, for `pipeThrough`: one chunk per message. What `encodeMessage` throws ends the stream. */
export class MessageEncoderStream implements TransformStream<MessageInput, Uint8Array<ArrayBuffer>> {
  readonly writable: WritableStream<MessageInput>;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;

  constructor(options: EncodeOptions = {}) {
    // Held, not extended: a class that extends what a platform does not have could not even be loaded there.
    const stream = new TransformStream<MessageInput, Uint8Array<ArrayBuffer>>({
      transform(message, controller) {
        controller.enqueue(encodeMessage(message, options));
      },
    });
    this.writable = stream.writable;
    this.readable = stream.readable;
  }
}
