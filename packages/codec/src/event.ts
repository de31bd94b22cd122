import { describe, isBytes } from "./bytes.ts";
import type { EncodeOptions } from "./begin-frame.ts";
import { encodeMessage } from "./encode-message.ts";
import { EventStreamError } from "./errors.ts";
import { headerEntries } from "./header-entries.ts";
import type { HeaderInput, HeadersInput } from "./types.ts";
import { checkObject } from "./check-object.ts";

/**
 * What an event or an exception carries: one of `json`, `text` and `payload`, or none of them. Without any there is
 * neither a payload nor, unless it is given, a `:content-type`: so S3 sends `End` and `Cont`.
 */
export interface EventContent {
  /** A value that `JSON.stringify` takes. */
  readonly json?: unknown;
  readonly text?: string | undefined;
  readonly payload?: Uint8Array | undefined;
  /** Default: `application/json` for `json`, `text/plain` for `text`, `application/octet-stream` for `payload`. */
  readonly contentType?: string | undefined;
  /** Headers after those of every event: members that the service's model binds to headers. Default: none. */
  readonly headers?: HeadersInput | undefined;
}

/** An event to encode. */
export interface EventInput extends EventContent {
  /** Becomes `:event-type`: the name of a member of the service's event union. */
  readonly event: string;
}

/** A modelled exception to encode. */
export interface ExceptionInput extends EventContent {
  /** Becomes `:exception-type`: the name of a member of the service's event union. */
  readonly exception: string;
}

/** An error outside a service's model, to encode. */
export interface ErrorInput {
  /** Becomes `:error-code`. */
  readonly error: string;
  /** Becomes `:error-message`. */
  readonly message: string;
}

/**
 * Encodes one event with its headers in the order in which AWS sends them: `:event-type`, `:content-type`,
 * `:message-type`.
 *
 * @throws {EventStreamError} `encode_type` for content of the wrong type, more than one content, and a value that JSON
 *   cannot hold; and whatever `encodeMessage` throws.
 */
export function encodeEvent(input: EventInput, options?: EncodeOptions): Uint8Array<ArrayBuffer> {
  checkObject(input, "Encoding an event", "{ event, json | text | payload }", "encode_type");
  return encode(":event-type", input.event, "event", input, options);
}

/**
 * Encodes one exception, which ends a stream: `:exception-type`, `:content-type`, `:message-type`, as AWS sends it.
 *
 * @throws {EventStreamError} As `encodeEvent`.
 */
export function encodeException(input: ExceptionInput, options?: EncodeOptions): Uint8Array<ArrayBuffer> {
  checkObject(input, "Encoding an exception", "{ exception, json | text | payload }", "encode_type");
  return encode(":exception-type", input.exception, "exception", input, options);
}

/**
 * Encodes one error that is not in the service's model, which ends a stream too: `:error-code`, `:error-message`,
 * `:message-type` and no payload.
 *
 * @throws {EventStreamError} `encode_type` when code or message is no string; and whatever `encodeMessage` throws.
 */
export function encodeError(input: ErrorInput, options?: EncodeOptions): Uint8Array<ArrayBuffer> {
  checkObject(input, "Encoding an error", "{ error, message }", "encode_type");
  const headers: [string, string][] = [
    [":error-code", requireText(input.error, "error", "Encoding an error", ":error-code")],
    [":error-message", requireText(input.message, "message", "Encoding an error", ":error-message")],
    [":message-type", "error"],
  ];
  return encodeMessage({ headers }, options);
}

type MessageType = "event" | "exception";

function encode(
  nameHeader: string,
  givenName: string,
  messageType: MessageType,
  content: EventContent,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const name = requireText(givenName, messageType, `Encoding an ${messageType}`, nameHeader);
  const doing = `Encoding the ${messageType} ${JSON.stringify(name)}`;
  const { payload, defaultType } = payloadOf(content, doing);
  const headers: Record<string, HeaderInput> = { [nameHeader]: name };
  const contentType = content.contentType ?? defaultType;
  if (contentType !== undefined) {
    headers[":content-type"] = requireText(contentType, "contentType", doing, ":content-type");
  }
  headers[":message-type"] = messageType;
  if (content.headers === undefined) return encodeMessage({ headers, payload }, options);
  return encodeMessage({ headers: [...Object.entries(headers), ...headerEntries(content.headers)], payload }, options);
}

function payloadOf(content: EventContent, doing: string): { payload?: Uint8Array | string; defaultType?: string } {
  const { json, text, payload } = content;
  const given = (["json", "text", "payload"] as const).filter((member) => content[member] !== undefined);
  if (given.length > 1) {
    throw new EventStreamError("encode_type", `${doing}: found ${given.join(" and ")}, expected one of them`);
  }
  if (payload !== undefined) {
    if (!isBytes(payload)) throw wrongType(doing, "payload", payload, "a Uint8Array");
    return { payload, defaultType: "application/octet-stream" };
  }
  if (text !== undefined) return { payload: requireText(text, "text", doing), defaultType: "text/plain" };
  // `{ json: result.data }` with no data is a mistake. An event without content does not mention any.
  const mentioned = (["json", "text", "payload"] as const).find((member) => member in content);
  if (mentioned === undefined) return {};
  return { payload: stringify(json, mentioned, doing), defaultType: "application/json" };
}

function stringify(value: unknown, member: string, doing: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new EventStreamError("encode_type", `${doing}: json cannot be written as JSON, expected a JSON value`, {
      cause,
    });
  }
  if (text === undefined) throw wrongType(doing, member, value, "a value that has a JSON form");
  return text;
}

function requireText(value: unknown, member: string, doing: string, header?: string): string {
  if (typeof value !== "string") throw wrongType(doing, member, value, "a string", header);
  return value;
}

function wrongType(doing: string, member: string, found: unknown, expected: string, header?: string): EventStreamError {
  const problem = `${doing}: found ${describe(found)} as ${member}, expected ${expected}`;
  return new EventStreamError("encode_type", problem, header === undefined ? {} : { header });
}
