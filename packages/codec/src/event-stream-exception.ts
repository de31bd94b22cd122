import { EventStreamError } from "./errors.ts";
import type { ServiceErrorCode } from "./errors.ts";
import type { MessageHeaders } from "./headers.ts";
import type { LastItem, StreamItem } from "./stream-event.ts";

/**
 * The bad news with which a service ended its stream: an `exception` or `error` frame, thrown.
 *
 * It is data of the service and no fault of the bytes, so besides a `code` it has what an event has. As in the AWS SDKs,
 * `name` is the service's name for it, such as `ThrottlingException`, and `message` is the service's text. The `code`
 * says which of the two frames it was: `exception` (modelled, named by `:exception-type`) or `error` (unmodelled, named
 * by `:error-code`, or `UnknownError` without that).
 */
export class EventStreamException extends EventStreamError implements StreamItem {
  override readonly name: string;
  declare readonly code: ServiceErrorCode;
  declare readonly messageIndex: number;
  /** The `:content-type`, as it came. */
  override readonly contentType: string | undefined;
  readonly headers: MessageHeaders;
  /** The whole of what the service had to say, as it came. */
  readonly payload: Uint8Array;
  readonly #item: LastItem;

  constructor(item: LastItem) {
    super(item.kind, messageOf(item), { messageIndex: item.messageIndex });
    this.name = item.name;
    this.contentType = item.contentType;
    this.headers = item.headers;
    this.payload = item.payload;
    this.#item = item;
  }

  /** The payload as text. @throws {EventStreamError} `payload_utf8` */
  text(): string {
    return this.#item.text();
  }

  /** The payload as the value it is the JSON of. @throws {EventStreamError} `payload_json` or `payload_utf8` */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- shorter for the caller than a cast
  json<T = unknown>(): T {
    return this.#item.json();
  }
}

/** Characters of a payload that is all the message there is. */
const maxMessageLength = 1024;

/** The service's words, wherever it put them. */
function messageOf(item: LastItem): string {
  const header = item.headers.string(":error-message");
  if (header !== undefined) return header;
  const { payload } = item;
  const silence = `The service ended the stream with the ${item.kind} ${item.name} and no message`;
  if (payload.length === 0) return silence;
  try {
    const { message, Message } = item.json<{ message?: unknown; Message?: unknown }>();
    const words = message ?? Message;
    if (typeof words === "string") return words;
  } catch {
    // Not JSON, or null: the text itself, or failing that, nothing.
  }
  try {
    const text = item.text();
    return text.length > maxMessageLength ? `${text.slice(0, maxMessageLength)}…` : text;
  } catch {
    return silence;
  }
}
