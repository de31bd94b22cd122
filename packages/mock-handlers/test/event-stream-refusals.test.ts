import { eventStreamResponse, fault, MockHandlersError } from "@eventstream-kit/mock-handlers";
import { describe, expect, test } from "vitest";

const bytes = (...values: number[]) => Uint8Array.from(values);
const list = (item: unknown) => () => eventStreamResponse([item] as never);

describe("what cannot be is refused at once", () => {
  test.each([
    ["two events in one item", list({ a: {}, b: {} }), "item_shape", "an object with a, b"],
    ["no event", list({ a: undefined }), "item_shape", "an object with no member"],
    ["text", list("messageStart"), "item_shape", "string"],
    ["null", list(null), "item_shape", "null"],
    ["an event that is text", list({ a: "text" }), "item_shape", "a with string in it"],
    ["an event that is bytes", list({ a: bytes(1) }), "item_shape", "a with bytes in it"],
    ["an event that is a list", list({ a: [] }), "item_shape", "a with a list in it"],
    ["text as a payload", list({ PayloadChunk: { Payload: "Hello" } }), "item_value", "string as Payload"],
    ["an event that is XML", list({ Stats: { Details: {} } }), "item_value", "XML on the wire"],
    ["more than 53 bits", list({ a: { n: 2n ** 60n } }), "item_value", "1152921504606846976"],
    ["other views of bytes", list({ a: { n: new Uint16Array(1) } }), "item_value", "Uint16Array"],
    ["a buffer", list({ a: { n: new ArrayBuffer(1) } }), "item_value", "ArrayBuffer"],
    [
      "a circle",
      list({
        a: Object.assign(Object.create(null) as object, {
          get n() {
            return this;
          },
        }),
      }),
      "item_value",
      "circular",
    ],
    ["a status in a list", list(fault("status:503")), "item_shape", "init.faults"],
    ["a source that is no source", () => eventStreamResponse(7 as never), "items", "number"],
    ["no source", () => eventStreamResponse(null as never), "items", "null"],
    ["text as a source", () => eventStreamResponse("ab" as never), "items", "string"],
    [
      "a length",
      () => eventStreamResponse([], { headers: { "Content-Length": "1" } }),
      "response_init",
      "content-length",
    ],
    ["a status without a body", () => eventStreamResponse([], { status: 204 }), "response_init", "204"],
  ])("%s", (_name, act, code, message) => {
    expect(act).toThrow(MockHandlersError);
    expect(act).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });

  test("a status that is none", () => {
    expect(() => eventStreamResponse([], { status: 99 })).toThrow(expect.objectContaining({ code: "reply_status" }));
  });
});
