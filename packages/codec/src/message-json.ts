import { describe, isBytes } from "./bytes.ts";
import { badField } from "./bad-field.ts";
import { isIterable } from "./check-object.ts";
import { EventStreamError } from "./errors.ts";
import { checkedEntry } from "./header-entries.ts";
import type { HeaderJson } from "./header-json.ts";
import { checkedHeader, headerFromJson, headerToJson } from "./header-json.ts";
import { MessageHeaders } from "./message-headers.ts";
import type { PayloadJson } from "./payload-json.ts";
import { payloadFromJson, payloadToJson } from "./payload-json.ts";
import type { HeaderValue, Message } from "./types.ts";

/**
 * A message as JSON: what `eventstream decode` prints and a cassette has as a `frame` line, except that there base64 within
 * JSON is opened too (`{"$b64json":...}`, `{"$b64text":...}`).
 *
 * ```json
 * {"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"Hello"}
 * {"k":"frame","headers":[["n","long","9007199254740993"],["raw","binary","AP8="]],"json":{"a":1}}
 * ```
 *
 * `event` and `ct` stand for three string headers in this order: `:event-type`, `:content-type`, and `:message-type` with
 * the value `event`. There is one encoding for given headers and payload, so no length and no checksum is kept.
 */
export type MessageJson = PayloadJson & { readonly k: "frame" } & (
    | { readonly event: string; readonly ct: string; readonly headers?: never }
    | { readonly headers: readonly HeaderJson[]; readonly event?: never; readonly ct?: never }
  );

/**
 * The JSON notation of a message. `messageFromJson` makes the same message of it, and `encodeMessage` of that the same
 * bytes.
 *
 * @throws {EventStreamError} `encode_type` or `encode_range` for a message that no decoder made and no encoder takes.
 */
export function messageToJson(message: Message): MessageJson {
  const { headers, payload } = (message ?? {}) as Partial<Message>;
  if (typeof headers !== "object" || !isIterable(headers) || !isBytes(payload)) {
    const problem = `Writing a message as JSON: found ${describe(message)}, expected { headers, payload }`;
    throw new EventStreamError("encode_type", problem);
  }
  const entries = Array.from(headers, checkedEntry) as readonly (readonly [string, HeaderValue])[];
  const [type, contentType, messageType, ...more] = entries;
  if (
    more.length === 0 &&
    isText(type, ":event-type") &&
    isText(contentType, ":content-type") &&
    isText(messageType, ":message-type") &&
    messageType[1].value === "event"
  ) {
    return { k: "frame", event: type[1].value, ct: contentType[1].value, ...payloadToJson(payload) };
  }
  return { k: "frame", headers: entries.map(headerToJson), ...payloadToJson(payload) };
}

type TextHeader = [name: string, header: Extract<HeaderValue, { type: "string" }>];

function isText(entry: readonly [string, HeaderValue] | undefined, name: string): entry is TextHeader {
  // A value that is none is refused when it is written.
  return entry?.[0] === name && (entry[1] as HeaderValue | null)?.type === "string";
}

/**
 * The message in JSON notation, such as a parsed line of a cassette.
 *
 * Members that mean nothing here, such as `dir`, are ignored, so that the notation can grow; but not when there is no
 * payload, for then one of them may be it.
 *
 * @param value What `JSON.parse` returned.
 * @returns A message that `encodeMessage` takes under `limits: "wire"`.
 * @throws {EventStreamError} `encode_type`, `encode_range`, `encode_duplicate` or `encode_limit`, with the place as
 *   `field`.
 */
export function messageFromJson(value: unknown): Message {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const problem = `Reading a message from JSON: found ${describe(value)}, expected an object`;
    throw new EventStreamError("encode_type", problem);
  }
  const line = value as Readonly<Record<string, unknown>>;
  if (line["k"] !== "frame") throw badField("k", line["k"], '"frame"');
  return { headers: new MessageHeaders(headersFromJson(line)), payload: payloadFromJson(line) };
}

function headersFromJson({ event, ct, headers }: Readonly<Record<string, unknown>>): [string, HeaderValue][] {
  if (headers === undefined) {
    if (typeof event !== "string") throw badField("event", event, "a string, or headers instead");
    if (typeof ct !== "string") throw badField("ct", ct, "a string beside event");
    return [
      checkedHeader(":event-type", event, "event"),
      checkedHeader(":content-type", ct, "ct"),
      [":message-type", { type: "string", value: "event" }],
    ];
  }
  if (event !== undefined) throw badField("event", event, "nothing beside headers");
  if (ct !== undefined) throw badField("ct", ct, "nothing beside headers");
  if (!Array.isArray(headers)) throw badField("headers", headers, "a list of [name, type, value]");
  const names = new Set<string>();
  return headers.map((entry: unknown, index) => {
    const header = headerFromJson(entry, `headers[${index}]`);
    const [name] = header;
    if (names.has(name)) {
      throw badField(
        `headers[${index}][0]`,
        name,
        "a name that no header before it has",
        undefined,
        "encode_duplicate",
      );
    }
    names.add(name);
    return header;
  });
}
