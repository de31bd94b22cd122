import type { StreamSource } from "./chunk-source.ts";
import type { StreamOptions } from "./decode-stream.ts";
import { EventStreamException } from "./event-stream-exception.ts";
import type { ChunkDecoder } from "./item-stream.ts";
import { ItemStream } from "./item-stream.ts";
import { MessageDecoder } from "./message-decoder.ts";
import type { LastItem, ReadEventOptions, StreamEvent } from "./stream-event.ts";
import { readStreamItem } from "./stream-event.ts";
import { badOption, checkOptions, isIterable } from "./check-object.ts";

/** How to read the events of a stream. */
export interface EventOptions<Name extends string = string> extends StreamOptions {
  /** The names of the events that are known. An event with another name has the kind `unknown`. Default: all are known. */
  readonly events?: Iterable<Name> | undefined;
  /**
   * What becomes of an exception or an error in the stream: it is thrown as an `EventStreamException` (`throw`, the
   * default), or it is the last item (`yield`).
   */
  readonly exceptions?: "throw" | "yield" | undefined;
  /**
   * Whether a message without `:message-type` is an event. Services always send the header, some emulators do not. One
   * that is there must be right all the same. Default false.
   */
  readonly lenientMessageType?: boolean | undefined;
}

/**
 * Reads the events of a stream as they arrive.
 *
 * ```ts
 * for await (const event of decodeEvents(await fetch(url, init))) {
 *   if (event.name === "chunk") print(event.json<Chunk>());
 * }
 * ```
 *
 * Every event is delivered, known or not. That goes for `initial-response` and `initial-request`, the first messages of
 * RPC protocols (Kinesis, CloudWatch Logs), too: they are events with those names, wherever they come and whether or not
 * anybody expects them, and ask for them with `events` like the others.
 *
 * An exception or an error ends the stream, as the specification demands: what follows it is not read, and the source is
 * cancelled. For everything else see `decodeStream`.
 *
 * @param source See {@link StreamSource}.
 * @returns The events, to be iterated once.
 * @throws {EventStreamException} When iterated, for an exception or an error in the stream.
 * @throws {EventStreamError} What `decodeStream` throws, and `message_type` or `event_type` for a message that is none
 *   of event, exception and error, or has no name; the error has it as `rawMessage`.
 */
export function decodeEvents<Name extends string = string>(
  source: StreamSource,
  options: EventOptions<Name> & { readonly exceptions: "yield" },
): AsyncIterableIterator<StreamEvent<Name> | LastItem>;
export function decodeEvents<Name extends string = string>(
  source: StreamSource,
  options?: EventOptions<Name> & { readonly exceptions?: "throw" | undefined },
): AsyncIterableIterator<StreamEvent<Name>>;
export function decodeEvents(
  source: StreamSource,
  options: EventOptions = {},
): AsyncIterableIterator<StreamEvent | LastItem> {
  return new ItemStream(source, new EventDecoder(options), options.signal, "Decoding events");
}

/** Makes events of chunks. */
export class EventDecoder implements ChunkDecoder<StreamEvent | LastItem> {
  readonly #messages: MessageDecoder;
  readonly #options: ReadEventOptions;
  readonly #throws: boolean;
  #messageIndex = 0;
  #ended = false;

  constructor(options: EventOptions) {
    checkOptions(options);
    const { events, exceptions = "throw", lenientMessageType = false } = options;
    if (exceptions !== "throw" && exceptions !== "yield") {
      throw badOption("exceptions", exceptions, '"throw" or "yield"');
    }
    // A string can be iterated too, letter by letter.
    if (events !== undefined && (typeof events === "string" || !isIterable(events))) {
      throw badOption("events", events, "a list of names");
    }
    this.#messages = new MessageDecoder(options);
    this.#options = { known: events && new Set(events), lenientMessageType };
    this.#throws = exceptions === "throw";
  }

  get ended(): boolean {
    return this.#ended;
  }

  *push(chunk: Uint8Array): Generator<StreamEvent | LastItem> {
    for (const message of this.#messages.push(chunk)) {
      const item = readStreamItem(message, this.#messageIndex++, this.#options) as StreamEvent | LastItem;
      if (item.kind === "exception" || item.kind === "error") {
        this.#ended = true;
        if (this.#throws) throw new EventStreamException(item);
      }
      yield item;
      if (this.#ended) return;
    }
  }

  finish(): void {
    this.#messages.finish();
  }
}
