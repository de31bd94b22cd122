import type { Delay, Fault, HeaderLine, Step } from "@eventstream-kit/service";
import { applyFaults, toResponse } from "@eventstream-kit/service";
import { checkOptions } from "./check-options.ts";
import { encodeItem } from "./encode-item.ts";
import { MockHandlersError } from "./errors.ts";
import type { AnyEvent, EventStreamItems } from "./event-items.ts";
import { framed } from "./framing.ts";
import { withFaults } from "./positional-faults.ts";
import { watched } from "./watched-body.ts";

/** The head of the response, and how its body runs. */
export interface EventStreamResponseInit {
  /** From 200 to 599, but none that has no body. Default 200. */
  readonly status?: number;
  /** Added to the defaults, or instead of one: content-type, transfer-encoding, x-amzn-requestid. */
  readonly headers?: NonNullable<ResponseInit["headers"]>;
  /** Faults in the whole response, such as `truncate@frame:3+5` or `status:503`; frames are counted from 1. */
  readonly faults?: readonly (Fault | string)[];
  /** How waits wait. Default: `setTimeout`, so a test's fake timers drive a stream. */
  readonly delay?: Delay;
  /** Makes the request id. Default: `crypto.randomUUID`. */
  readonly uuid?: () => string;
  /** Told what the source of items threw: the client sees only a broken connection. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A response that streams events, for any msw resolver and any AWS operation with an event stream. Name the SDK's
 * output union, and editors complete the events: `eventStreamResponse<ConverseStreamOutput>([...])`.
 *
 * Each item is one chunk, encoded when the stream gets there. A list is checked as a whole, at once. A generator (or
 * the function that makes one) may wait for anything between two items; `wait(ms)` waits, `reset()` breaks the
 * connection after the items before it arrived. A member of the SDK's union becomes a JSON document, blobs in base64,
 * or raw bytes where the service model says so (Lambda's `PayloadChunk`); everything else can be said with `event()`
 * and `exception()`.
 *
 * @throws MockHandlersError `items` for a source that is none or was read before, `item_shape` or `item_value` for an
 * item of a list, `response_init` for an impossible head, `option` for a member that `init` does not have.
 * @throws ServiceError `fault_syntax` or `fault_range` for `init.faults`, `reply_status` for a status that is none.
 */
export function eventStreamResponse<Output = AnyEvent>(
  items: EventStreamItems<Output>,
  init: EventStreamResponseInit = {},
): Response {
  checkOptions("eventStreamResponse", init, knownOptions);
  const { status = 200, delay, faults = [], uuid = () => crypto.randomUUID(), onError = reportError } = init;
  if (status === 204 || status === 205 || status === 304) {
    throw new MockHandlersError(
      "response_init",
      `eventStreamResponse was given the status ${status}, which has no body; expected one that has`,
    );
  }
  const headers = new Headers({ "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": uuid() });
  for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
  if (headers.has("content-length")) {
    throw new MockHandlersError(
      "response_init",
      "eventStreamResponse was given a content-length; expected none, because an event stream is sent in chunks",
    );
  }
  const head = { status, headers: [...headers] satisfies HeaderLine[] };
  const whole = applyFaults({ ...head, body: withFaults(stepsOf(items), head) }, faults);
  return toResponse(framed({ ...whole, body: watched(whole.body, onError) }), delay ? { delay } : {});
}

const knownOptions = {
  status: "",
  headers: "",
  faults: "",
  delay: "function",
  uuid: "function",
  onError: "function",
} as const;

/** Generators that an earlier response has drunk up already. */
const used = new WeakSet<object>();

/** A list is encoded here and now; anything else one item at a time, when the stream asks for it. */
function stepsOf(items: unknown): readonly (Step | Fault)[] | AsyncGenerator<Step | Fault, void> {
  const source: unknown = typeof items === "function" ? (items as () => unknown)() : items;
  if (Array.isArray(source)) return source.map(encodeItem);
  if (typeof source !== "object" || source === null || !isIterable(source)) {
    throw new MockHandlersError(
      "items",
      `eventStreamResponse was given ${source === null ? "null" : typeof source}; expected a list of items, an iterable, or a function that returns one`,
    );
  }
  if (used.has(source)) {
    throw new MockHandlersError(
      "items",
      "eventStreamResponse was given a generator that another response has read; expected the function that makes it",
    );
  }
  if ("next" in source) used.add(source);
  return encoded(source);
}

async function* encoded(items: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<Step | Fault, void> {
  for await (const item of items) yield encodeItem(item);
}

function isIterable(source: object): source is AsyncIterable<unknown> | Iterable<unknown> {
  return Symbol.asyncIterator in source || Symbol.iterator in source;
}

function reportError(error: unknown): void {
  console.error("The items of an event stream broke:", error);
}
