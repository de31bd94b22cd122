import { describe } from "./bytes.ts";
import type { EventErrorCode } from "./errors.ts";
import { EventStreamError } from "./errors.ts";
import type { MessageHeaders } from "./headers.ts";
import { payloadJson, payloadText } from "./payload-text.ts";
import type { HeaderValue, Message } from "./types.ts";

/** What events, exceptions and errors have in common. */
export interface StreamItem {
  /** What it is called: `:event-type`, `:exception-type` or `:error-code`. */
  readonly name: string;
  /** The `:content-type`, as it came. It may be missing or have parameters; neither `text()` nor `json()` asks for it. */
  readonly contentType: string | undefined;
  /** All headers, those above included. */
  readonly headers: MessageHeaders;
  readonly payload: Uint8Array;
  /** Which message of the stream this is, from 0. */
  readonly messageIndex: number;
  /**
   * The payload as text. Nothing is replaced or left out: a byte order mark stays.
   *
   * @throws {EventStreamError} `payload_utf8`
   */
  text(): string;
  /**
   * The payload as the value it is the JSON of. A byte order mark before it is ignored. `T` is taken on trust.
   *
   * @throws {EventStreamError} `payload_json`, also for an empty payload; `payload_utf8`
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- shorter for the caller than a cast
  json<T = unknown>(): T;
}

/** An event. */
export interface KnownEvent<Name extends string = string> extends StreamItem {
  readonly kind: "event";
  readonly name: Name;
}

/** An event with a name outside the `events` that were asked for. Services add events; clients must not fail on them. */
export interface UnknownEvent extends StreamItem {
  readonly kind: "unknown";
}

/** An event of a stream. With no `events` asked for, every event has the kind `event`. */
export type StreamEvent<Name extends string = string> = KnownEvent<Name> | UnknownEvent;

/** The end of a stream by an exception that the service's model names. */
export interface ExceptionItem extends StreamItem {
  readonly kind: "exception";
}

/** The end of a stream by an error outside the service's model. */
export interface ErrorItem extends StreamItem {
  readonly kind: "error";
}

/** The items that end a stream. */
export type LastItem = ExceptionItem | ErrorItem;

type Kind = StreamEvent["kind"] | LastItem["kind"];

export class DecodedItem<K extends Kind> implements StreamItem {
  readonly kind: K;
  readonly name: string;
  readonly contentType: string | undefined;
  readonly headers: MessageHeaders;
  readonly payload: Uint8Array;
  readonly messageIndex: number;

  constructor(kind: K, name: string, { headers, payload }: Message, messageIndex: number) {
    this.kind = kind;
    this.name = name;
    this.contentType = headers.string(":content-type");
    this.headers = headers;
    this.payload = payload;
    this.messageIndex = messageIndex;
  }

  text(): string {
    return payloadText(this.payload, this.#doing(), { messageIndex: this.messageIndex });
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- shorter for the caller than a cast
  json<T = unknown>(): T {
    return payloadJson(this.payload, this.#doing(), { messageIndex: this.messageIndex }) as T;
  }

  #doing(): string {
    return `Reading the ${this.kind} ${JSON.stringify(this.name)} (message ${this.messageIndex})`;
  }
}

/** How to tell events apart. */
export interface ReadEventOptions {
  /** The names that are known; undefined when all are. */
  readonly known: ReadonlySet<string> | undefined;
  readonly lenientMessageType: boolean;
}

/** What a message says it is: the event layer of the Smithy specification of event streams. */
export function readStreamItem(
  message: Message,
  messageIndex: number,
  { known, lenientMessageType }: ReadEventOptions,
): DecodedItem<Kind> {
  const type = message.headers.get(":message-type");
  const messageType = type === undefined && lenientMessageType ? "event" : type?.value;
  if (messageType === "event") {
    const name = requireName(":event-type", message, messageIndex);
    return new DecodedItem(known?.has(name) === false ? "unknown" : "event", name, message, messageIndex);
  }
  if (messageType === "exception") {
    return new DecodedItem("exception", requireName(":exception-type", message, messageIndex), message, messageIndex);
  }
  if (messageType === "error") {
    // Nothing is gained by refusing to report an error because its code is missing.
    const name = message.headers.string(":error-code") ?? "UnknownError";
    return new DecodedItem("error", name, message, messageIndex);
  }
  const expected = '"event", "exception" or "error"';
  throw refuse("message_type", ":message-type", type, expected, message, messageIndex);
}

function requireName(header: string, message: Message, messageIndex: number): string {
  const value = message.headers.get(header);
  if (value?.type === "string") return value.value;
  throw refuse("event_type", header, value, "a string", message, messageIndex);
}

function refuse(
  code: EventErrorCode,
  header: string,
  value: HeaderValue | undefined,
  expected: string,
  rawMessage: Message,
  messageIndex: number,
): EventStreamError {
  const found = value?.type === "string" ? describe(value.value) : value ? `a header of type ${value.type}` : "nothing";
  const problem = `Reading message ${messageIndex} as an event: found ${found} as ${header}, expected ${expected}`;
  return new EventStreamError(code, problem, { messageIndex, header, rawMessage });
}
