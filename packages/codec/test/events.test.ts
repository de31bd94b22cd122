import {
  decodeEvents,
  decodeMessage,
  encodeError,
  encodeEvent,
  encodeException,
  encodeMessage,
  EventStreamError,
  EventStreamException,
  int32,
} from "@eventstream-kit/codec";
import type { HeaderInput, HeadersInput, LastItem, StreamEvent } from "@eventstream-kit/codec";
import { describe, expect, expectTypeOf, test } from "vitest";
import { concat, utf8 } from "./support/bytes.ts";
import { outcome } from "./support/outcome.ts";
import { manyTurns } from "./support/turns.ts";
import { watchedSources } from "./support/watched-sources.ts";

const chunk = encodeEvent({ event: "chunk", json: { n: 1 } });

async function first(...frames: readonly Uint8Array[]): Promise<StreamEvent> {
  const { value } = await decodeEvents(frames).next();
  return value as StreamEvent;
}

async function errorOf(...frames: readonly Uint8Array[]): Promise<EventStreamException> {
  const { error } = await outcome(decodeEvents(frames));
  expect(error).toBeInstanceOf(EventStreamError);
  return error as EventStreamException;
}

describe("format case 57: event, exception and error frames", () => {
  const exception = encodeException({
    exception: "throttlingException",
    json: { message: "Slow down", retryAfter: 3 },
  });
  const error = encodeError({ error: "InternalError", message: "We are sorry" });

  test("an event", async () => {
    const event = await first(chunk);
    expect(event).toMatchObject({
      kind: "event",
      name: "chunk",
      contentType: "application/json",
      payload: utf8('{"n":1}'),
      messageIndex: 0,
    });
    expect([...event.headers.keys()]).toEqual([":event-type", ":content-type", ":message-type"]);
    expect(event.json()).toEqual({ n: 1 });
    expect(event.text()).toBe('{"n":1}');
  });

  test("an exception is thrown, with what an event has", async () => {
    const thrown = await errorOf(chunk, exception);
    expect(thrown).toBeInstanceOf(EventStreamException);
    expect(thrown).toMatchObject({
      name: "throttlingException",
      code: "exception",
      message: "Slow down",
      contentType: "application/json",
      messageIndex: 1,
      payload: utf8('{"message":"Slow down","retryAfter":3}'),
    });
    expect(thrown.headers.string(":exception-type")).toBe("throttlingException");
    expect(thrown.json()).toEqual({ message: "Slow down", retryAfter: 3 });
    expect(thrown.text()).toBe('{"message":"Slow down","retryAfter":3}');
    expect(String(thrown)).toBe("throttlingException: Slow down");
  });

  test("an error is thrown", async () => {
    const thrown = await errorOf(error);
    expect(thrown).toBeInstanceOf(EventStreamException);
    expect(thrown).toMatchObject({ name: "InternalError", code: "error", message: "We are sorry", messageIndex: 0 });
    expect(thrown.payload).toHaveLength(0);
  });

  test.each<[string, Record<string, HeaderInput>, string, string]>([
    ["code", { ":error-message": "We are sorry" }, "UnknownError", "We are sorry"],
    ["message", { ":error-code": "Oops" }, "Oops", "The service ended the stream with the error Oops and no message"],
    ["either", {}, "UnknownError", "The service ended the stream with the error UnknownError and no message"],
    ["a code that is text", { ":error-code": int32(5), ":error-message": "five" }, "UnknownError", "five"],
  ])("an error without %s is one all the same", async (_, headers, name, message) => {
    const thrown = await errorOf(encodeMessage({ headers: { ...headers, ":message-type": "error" } }));
    expect(thrown).toMatchObject({ name, code: "error", message });
  });

  test("both are items when that is asked for", async () => {
    const yielded = await outcome(decodeEvents([chunk, exception], { exceptions: "yield" }));
    expect(yielded.items).toMatchObject([
      { kind: "event", name: "chunk" },
      { kind: "exception", name: "throttlingException", contentType: "application/json", messageIndex: 1 },
    ]);
    const [item] = (await outcome(decodeEvents([error], { exceptions: "yield" }))).items;
    expect(item).toMatchObject({ kind: "error", name: "InternalError", contentType: undefined });
    expect(item?.headers.string(":error-message")).toBe("We are sorry");
  });
});

describe("format case 58: a message type that is none", () => {
  const name = { ":event-type": "chunk" };
  const wrong: [string, HeadersInput, string][] = [
    ["bytes", { ...name, ":message-type": utf8("event") }, "found a header of type binary as :message-type"],
    ["an int32, as Greengrass has it", { ...name, ":message-type": int32(0) }, "found a header of type integer"],
    ["in capitals", { ...name, ":message-type": "EVENT" }, 'found the string "EVENT"'],
    ["empty", { ...name, ":message-type": "" }, 'found the string ""'],
  ];
  const missing = encodeMessage({ headers: name, payload: "payload" });

  test.each([...wrong, ["missing", name, "found nothing as :message-type"] as const])(
    "%s",
    async (_, headers, text) => {
      const frame = encodeMessage({ headers, payload: "payload" });
      for (const frames of [[chunk, frame], [concat(chunk, frame)]]) {
        const { items, error } = await outcome(decodeEvents(frames));
        expect(items).toHaveLength(1);
        expect(error).toBeInstanceOf(EventStreamError);
        expect(error).toMatchObject({
          code: "message_type",
          header: ":message-type",
          messageIndex: 1,
          rawMessage: decodeMessage(frame),
          message: expect.stringContaining(text) as string,
        });
      }
    },
  );

  test("leniently, a missing one is an event", async () => {
    const { items, error } = await outcome(decodeEvents([missing], { lenientMessageType: true }));
    expect(error).toBeUndefined();
    expect(items).toMatchObject([{ kind: "event", name: "chunk", contentType: undefined }]);
  });

  test.each(wrong)("leniently, but still wrong: %s", async (_, headers) => {
    const { items, error } = await outcome(decodeEvents([encodeMessage({ headers })], { lenientMessageType: true }));
    expect(items).toEqual([]);
    expect(error).toMatchObject({ code: "message_type" });
  });
});

describe("format case 59: an event or exception without a name", () => {
  test.each<[string, string, HeadersInput]>([
    ["no :event-type", ":event-type", { ":message-type": "event" }],
    ["an :event-type of bytes", ":event-type", { ":message-type": "event", ":event-type": utf8("chunk") }],
    ["no :exception-type", ":exception-type", { ":message-type": "exception", ":event-type": "chunk" }],
    ["a boolean :exception-type", ":exception-type", { ":message-type": "exception", ":exception-type": true }],
  ])("%s", async (_, header, headers) => {
    const frame = encodeMessage({ headers });
    const expected = { code: "event_type", header, messageIndex: 0, rawMessage: decodeMessage(frame) };
    expect(await errorOf(frame)).toMatchObject(expected);
    expect(await outcome(decodeEvents([frame], { exceptions: "yield" }))).toMatchObject({ items: [], error: expected });
    expect(await outcome(decodeEvents([frame], { lenientMessageType: true }))).toMatchObject({ error: expected });
  });
});

describe("format case 60: an event nobody knows", () => {
  const headers = { ":event-type": "newsEvent", ":message-type": "event", priority: int32(3) };
  const unknown = encodeMessage({ headers, payload: Uint8Array.of(0xff, 0x00) });

  test("is delivered as it came, and the stream goes on", async () => {
    const { items, error } = await outcome(
      decodeEvents([concat(chunk, unknown, chunk)], { events: ["chunk", "metadata"] }),
    );
    expect(error).toBeUndefined();
    expect(items.map(({ kind }) => kind)).toEqual(["event", "unknown", "event"]);
    expect(items[1]).toMatchObject({ name: "newsEvent", contentType: undefined, messageIndex: 1 });
    expect(items[1]?.payload).toEqual(Uint8Array.of(0xff, 0x00));
    expect(items[1]?.headers.get("priority")).toEqual({ type: "integer", value: 3 });
  });

  test("without a list of names there is none", async () => {
    expect(await first(unknown)).toMatchObject({ kind: "event", name: "newsEvent" });
  });

  test("names are compared exactly", async () => {
    for (const name of ["Chunk", "chunk ", "toString", "__proto__"]) {
      const { items } = await outcome(decodeEvents([encodeEvent({ event: name })], { events: new Set(["chunk"]) }));
      expect(items).toMatchObject([{ kind: "unknown", name }]);
    }
  });

  test("the kinds tell the types apart", async () => {
    const names: string[] = [];
    for await (const event of decodeEvents([concat(chunk, unknown)], { events: ["chunk", "metadata"] })) {
      if (event.kind === "event") {
        expectTypeOf(event.name).toEqualTypeOf<"chunk" | "metadata">();
        names.push(event.name);
      } else {
        expectTypeOf(event.kind).toEqualTypeOf<"unknown">();
        expectTypeOf(event.name).toEqualTypeOf<string>();
      }
    }
    expect(names).toEqual(["chunk"]);
    for await (const event of decodeEvents([chunk])) {
      expectTypeOf(event).toEqualTypeOf<StreamEvent>();
      if (event.name === "chunk") expectTypeOf(event.json<{ n: number }>()).toEqualTypeOf<{ n: number }>();
    }
    for await (const item of decodeEvents([chunk], { exceptions: "yield" })) {
      expectTypeOf(item).toEqualTypeOf<StreamEvent | LastItem>();
    }
  });

  test.each([
    ["a string", { events: "chunk" }],
    ["no list", { events: 5 as unknown as string[] }],
    ["exceptions", { exceptions: "ignore" as "throw" }],
  ])("%s as an option is refused at once", (_, options) => {
    expect(() => decodeEvents([], options)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("format case 61: an exception nobody knows", () => {
  test.each<[string, Uint8Array | string, string | undefined, string]>([
    ["JSON with a message", '{"Message":"Slow down"}', "application/x-amz-json-1.1", "Slow down"],
    ["JSON without a message", '{"reason":5}', "application/json", '{"reason":5}'],
    ["JSON that is no object", "null", "application/json", "null"],
    ["text", "Slow down", "text/plain", "Slow down"],
    ["broken JSON", '{"message":', "application/json", '{"message":'],
    ["XML", "<Error><Code>SlowDown</Code></Error>", "text/xml", "<Error><Code>SlowDown</Code></Error>"],
    ["nothing", "", undefined, "The service ended the stream with the exception newException and no message"],
    [
      "bytes",
      Uint8Array.of(0xff),
      "application/octet-stream",
      "The service ended the stream with the exception newException and no message",
    ],
    ["a text that is just short enough", "x".repeat(1024), "text/plain", "x".repeat(1024)],
    ["a long text", "x".repeat(5000), "text/plain", `${"x".repeat(1024)}…`],
  ])("with %s for a body", async (_, payload, contentType, message) => {
    const headers: [string, string][] = [[":exception-type", "newException"]];
    if (contentType !== undefined) headers.push([":content-type", contentType]);
    const frame = encodeMessage({ headers: [...headers, [":message-type", "exception"]], payload });
    const thrown = await errorOf(frame);
    expect(thrown).toBeInstanceOf(EventStreamException);
    expect(thrown).toMatchObject({ name: "newException", code: "exception", contentType, message });
    expect(thrown.payload).toEqual(typeof payload === "string" ? utf8(payload) : payload);
  });
});

describe("format case 62: an exception is the end", () => {
  const exception = encodeException({ exception: "oops", json: {} });
  describe.each(watchedSources)("%s", (_, make) => {
    test.each([
      ["in a chunk of its own", [chunk, exception, chunk]],
      ["with events after it in its chunk", [concat(chunk, exception, chunk), chunk]],
      ["with garbage after it in its chunk", [concat(chunk, exception, new Uint8Array(64)), chunk]],
    ])("%s", async (__, chunks) => {
      const { source, cancels } = make(chunks);
      const { items, error } = await outcome(decodeEvents(source));
      expect(items.map(({ name }) => name)).toEqual(["chunk"]);
      expect(error).toMatchObject({ name: "oops" });
      await manyTurns();
      expect(cancels).toHaveLength(1);
    });

    test("as an item too", async () => {
      const { source, cancels } = make([concat(chunk, exception, chunk), chunk]);
      const events = decodeEvents(source, { exceptions: "yield" });
      const { items, error } = await outcome(events);
      expect(error).toBeUndefined();
      expect(items.map(({ name }) => name)).toEqual(["chunk", "oops"]);
      expect(await events.next()).toEqual({ done: true, value: undefined });
      await manyTurns();
      expect(cancels).toHaveLength(1);
    });
  });
});

describe("format case 63: initial messages are events, wherever they come", () => {
  const initial = encodeEvent({ event: "initial-response", json: { sessionId: "s" } });
  test.each([
    ["first", [initial, chunk], ["initial-response", "chunk"]],
    ["absent", [chunk], ["chunk"]],
    ["alone", [initial], ["initial-response"]],
    ["later", [chunk, initial], ["chunk", "initial-response"]],
    ["twice", [initial, initial, chunk], ["initial-response", "initial-response", "chunk"]],
    ["of a request", [encodeEvent({ event: "initial-request", json: {} }), chunk], ["initial-request", "chunk"]],
  ])("%s", async (_, frames, names) => {
    const { items, error } = await outcome(decodeEvents(frames));
    expect(error).toBeUndefined();
    expect(items.map(({ name }) => name)).toEqual(names);
  });

  test("they are known when they are asked for, and do no harm when not", async () => {
    const asked = await outcome(decodeEvents([initial, chunk], { events: ["initial-response", "chunk"] }));
    expect(asked.items.map(({ kind }) => kind)).toEqual(["event", "event"]);
    const unasked = await outcome(decodeEvents([initial, chunk], { events: ["chunk"] }));
    expect(unasked.items.map(({ kind }) => kind)).toEqual(["unknown", "event"]);
  });
});
