import type { Fault, Reset, Wait } from "@eventstream-kit/service";

/** Any event: one name, and the members of its structure. */
export type AnyEvent = Readonly<Record<string, object>>;

/** Members that the SDK gives its error classes; the wire has only the message and the modelled members. */
type SdkErrorMember = keyof Error | "$fault" | "$metadata" | "$response" | "$retryable" | "$service";

/** What stands behind a name: an event as the SDK types it, or an exception without the class around it. */
type EventValue<Value> = Value extends Error ? Omit<Value, SdkErrorMember> & { readonly message: string } : Value;

/**
 * The events of an SDK's output union, such as `ConverseStreamOutput`: exactly one member each. Exceptions of the
 * union are written as plain objects, `{ throttlingException: { message: "Slow down" } }`.
 */
export type EventOf<Output> = Output extends { readonly $unknown: unknown }
  ? never
  : { [Name in keyof Output as Name extends "$unknown" ? never : Name]: EventValue<Output[Name]> };

/**
 * One item of a stream: an event in SDK terms; bytes, sent as they are (what `event()` and `exception()` return, or
 * anything broken on purpose); a step, `wait(ms)` or `reset()`; or a fault, which counts from its place in the list:
 * after `fault("corrupt@frame:1:message-crc")` the next event has a wrong checksum.
 */
export type EventStreamItem<Output = AnyEvent> = EventOf<Output> | Uint8Array | Wait | Reset | Fault;

/** Items in order, at once or as they come. A function is called once per response, so a handler can answer again. */
export type EventStreamItems<Output = AnyEvent> =
  | Iterable<EventStreamItem<Output>>
  | AsyncIterable<EventStreamItem<Output>>
  | (() => Iterable<EventStreamItem<Output>> | AsyncIterable<EventStreamItem<Output>>);
