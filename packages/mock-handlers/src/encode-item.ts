import type { EventContent, HeadersInput } from "@eventstream-kit/codec";
import { encodeEvent, encodeException } from "@eventstream-kit/codec";
import type { Fault, Step } from "@eventstream-kit/service";
import { isBytes } from "@eventstream-kit/service";
import { MockHandlersError } from "./errors.ts";
import { eventJson } from "./event-json.ts";

/**
 * One event, as `eventStreamResponse` takes it among its items: with JSON, text or a payload of your own, a content
 * type, headers. Without content it is a name and nothing else, as S3 sends `End`.
 *
 * @throws EventStreamError `encode_type` for more than one content, and whatever `encodeEvent` throws.
 */
export function event(name: string, content: EventContent = {}): Uint8Array<ArrayBuffer> {
  return encodeEvent({ ...content, event: name });
}

/** One exception, which ends the stream for a client: it throws an error of that name. */
export function exception(name: string, json: object = {}): Uint8Array<ArrayBuffer> {
  return encodeException({ exception: name, json });
}

/*
 * Events whose payload is the member itself and not a JSON document, because the service model binds it so
 * (`@eventPayload`); further members of such an event travel as headers.
 */
const blobMembers: Readonly<Record<string, string>> = {
  PayloadChunk: "Payload", // Lambda InvokeWithResponseStream
  PayloadPart: "Bytes", // SageMaker Runtime
  Records: "Payload", // S3 SelectObjectContent
  AudioEvent: "AudioChunk", // Polly StartSpeechSynthesisStream
};

/** Events that are XML: S3 SelectObjectContent. */
const xmlEvents: ReadonlySet<string> = new Set(["Stats", "Progress"]);

/** Events that are a name and nothing else: S3 SelectObjectContent, whose client takes no JSON. */
const bareEvents: ReadonlySet<string> = new Set(["Cont", "End"]);

/** Services' exceptions are named so, but for one of Kinesis. */
const exceptionName = /exception$|^KMSOptInRequired$/i;

/** Members of an SDK's error class that are not the service's. */
const sdkErrorMembers: ReadonlySet<string> = new Set([
  "name",
  "stack",
  "$fault",
  "$metadata",
  "$response",
  "$retryable",
  "$service",
]);

/**
 * One item of a stream as a step of a reply's body; a fault stays what it is.
 *
 * @throws MockHandlersError `item_shape` or `item_value`.
 */
export function encodeItem(item: unknown): Step | Fault {
  if (isBytes(item)) return item;
  if (typeof item !== "object" || item === null) throw badShape(kindOf(item));
  // No event has text behind its name. Steps are checked by the transport, faults where they are applied.
  if ("kind" in item && typeof item.kind === "string") return item as Step | Fault;
  const members = Object.entries(item).filter(([, value]) => value !== undefined);
  const [name, value] = members[0] ?? [];
  if (name === undefined || members.length > 1) {
    throw badShape(`an object with ${members.length === 0 ? "no member" : members.map(([key]) => key).join(", ")}`);
  }
  const kind = kindOf(value);
  if (kind !== "object") throw badShape(`${name} with ${kind} in it`);
  return encodeMember(name, value as object);
}

function encodeMember(name: string, value: object): Uint8Array {
  if (value instanceof Error || exceptionName.test(name)) return encodeExceptionMember(name, value);
  const blobMember = Object.hasOwn(blobMembers, name) ? blobMembers[name] : undefined;
  if (blobMember !== undefined && blobMember in value) {
    const { [blobMember]: payload, ...headers } = value as Record<string, unknown>;
    if (isBytes(payload)) return event(name, { payload, headers: headers as HeadersInput });
    throw new MockHandlersError(
      "item_value",
      `The event ${name} has ${kindOf(payload)} as ${blobMember}; expected a Uint8Array`,
    );
  }
  if (xmlEvents.has(name) && "Details" in value) {
    throw new MockHandlersError(
      "item_value",
      `The event ${name} is XML on the wire; expected event("${name}", { text: "<...>", contentType: "text/xml" })`,
    );
  }
  if (bareEvents.has(name) && Object.keys(value).length === 0) return event(name);
  return event(name, { text: eventJson(name, value), contentType: "application/json" });
}

function encodeExceptionMember(name: string, value: object): Uint8Array {
  const members = Object.entries(value).filter(([key]) => !sdkErrorMembers.has(key));
  // The message of an Error is not enumerable.
  const message = value instanceof Error ? [["message", value.message]] : [];
  return exception(name, JSON.parse(eventJson(name, Object.fromEntries([...message, ...members]))) as object);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return ArrayBuffer.isView(value) ? "bytes" : typeof value;
}

function badShape(found: string): MockHandlersError {
  return new MockHandlersError(
    "item_shape",
    `An item of an event stream is ${found}; expected one event { name: { ... } }, bytes, wait(ms), reset() or a fault`,
  );
}
