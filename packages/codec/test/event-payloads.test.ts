import { decodeEvents, encodeEvent, encodeMessage, EventStreamError } from "@eventstream-kit/codec";
import type { StreamEvent } from "@eventstream-kit/codec";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { describe, expect, test } from "vitest";
import { cut, utf8 } from "./support/bytes.ts";
import { outcome } from "./support/outcome.ts";

async function first(...frames: readonly Uint8Array[]): Promise<StreamEvent> {
  const { value } = await decodeEvents(frames).next();
  return value as StreamEvent;
}

describe("format case 64: payload accessors", () => {
  test.each([
    ["an empty payload", "", "found an empty payload"],
    ["invalid JSON", "{", "found a payload of 1 bytes that is something else"],
    ["two values", "{}{}", "expected JSON"],
  ])("json() of %s", async (_, text, message) => {
    const frames = [encodeEvent({ event: "even" }), encodeEvent({ event: "odd", text })];
    const event = (await outcome(decodeEvents(frames))).items[1]!;
    expect(event.text()).toBe(text);
    expect(() => event.json()).toThrow(EventStreamError);
    expect(() => event.json()).toThrow('Reading the event "odd" (message 1): found');
    expect(() => event.json()).toThrow(
      expect.objectContaining({
        code: "payload_json",
        messageIndex: 1,
        message: expect.stringContaining(message) as string,
        cause: expect.any(SyntaxError) as SyntaxError,
      }),
    );
  });

  test("json() ignores a byte order mark, text() keeps it", async () => {
    const event = await first(encodeEvent({ event: "bom", text: "\uFEFF[1]" }));
    expect(event.json()).toEqual([1]);
    expect(event.text()).toBe("\uFEFF[1]");
  });

  test("bytes that are no UTF-8", async () => {
    for (const payload of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const event = await first(encodeEvent({ event: "bytes", payload: Uint8Array.from(payload) }));
      const expected = expect.objectContaining({ code: "payload_utf8", messageIndex: 0 }) as Error;
      expect(() => event.text()).toThrow(expected);
      expect(() => event.json()).toThrow(expected);
    }
  });

  test("a character split across two events is whole in the text of a Lambda stream", async () => {
    const pieces = cut(utf8("a€😀b"), 2, 3, 6).map((payload) => encodeEvent({ event: "PayloadChunk", payload }));
    const frames = [...pieces, encodeEvent({ event: "InvokeComplete", json: {} })];
    expect(pieces).toHaveLength(4);
    expect(await readLambdaStream(frames).text()).toBe("a€😀b");
  });
});

test("format case 65: any content type, or none, is passed on and no accessor asks for it", async () => {
  const types = ["application/json; charset=utf-8", "Application/JSON", "text/plain", ""];
  for (const contentType of types) {
    const event = await first(encodeEvent({ event: "chunk", json: [1], contentType }));
    expect(event.contentType).toBe(contentType);
    expect(event.json()).toEqual([1]);
    expect(event.text()).toBe("[1]");
  }
  for (const more of [{}, { ":content-type": utf8("application/json") }]) {
    const headers = { ":event-type": "chunk", ...more, ":message-type": "event" };
    const event = await first(encodeMessage({ headers, payload: "[1]" }));
    expect(event.contentType).toBeUndefined();
    expect(event.json()).toEqual([1]);
  }
});
