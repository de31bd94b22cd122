import {
  decodeMessage,
  encodeError,
  encodeEvent,
  encodeException,
  EventStreamError,
  int32,
  MessageHeaders,
} from "@eventstream-kit/codec";
import type { EventInput } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { buildFrame, rawHeader } from "./support/build-frame.ts";
import { concat, hex, toHex, utf8 } from "./support/bytes.ts";
import { plain } from "./support/plain.ts";
import { thrownBy } from "./support/thrown.ts";

/** A string header as it is on the wire, made without the code under test. */
function textHeader(name: string, value: string): Uint8Array {
  return rawHeader(name, 7, value.length.toString(16).padStart(4, "0") + toHex(utf8(value)));
}

function partsOf(input: Omit<EventInput, "event">) {
  const { headers, payload } = decodeMessage(encodeEvent({ event: "e", ...input }));
  return { contentType: headers.string(":content-type"), payload: toHex(payload), names: [...headers.keys()] };
}

describe("frames of AWS, byte for byte", () => {
  test("a PayloadChunk captured from Lambda", () => {
    expect(toHex(encodeEvent({ event: "PayloadChunk", payload: utf8("Hello world ") }))).toBe(
      "000000760000005a980e72ec0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d74797065" +
        "0700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e74" +
        "48656c6c6f20776f726c642033971fd8",
    );
  });

  test("an InvokeComplete captured from Lambda", () => {
    expect(encodeEvent({ event: "InvokeComplete", json: {} })).toEqual(
      hex(
        "00000066000000541f56c8690b3a6576656e742d7479706507000e496e766f6b65436f6d706c6574650d3a636f6e74656e742d74797065" +
          "0700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b7d7006d467",
      ),
    );
  });

  test("an exception in the order of Transcribe", () => {
    const headers = concat(
      textHeader(":exception-type", "BadRequestException"),
      textHeader(":content-type", "application/json"),
      textHeader(":message-type", "exception"),
    );
    const bytes = encodeException({ exception: "BadRequestException", json: { Message: "No" } });
    expect(bytes).toEqual(buildFrame({ headers, payload: utf8('{"Message":"No"}') }));
  });

  test("an error outside the model", () => {
    const headers = concat(
      textHeader(":error-code", "InternalError"),
      textHeader(":error-message", "We are sorry"),
      textHeader(":message-type", "error"),
    );
    expect(encodeError({ error: "InternalError", message: "We are sorry" })).toEqual(buildFrame({ headers }));
  });
});

describe("content", () => {
  test.each<[string, Omit<EventInput, "event">, string | undefined, string]>([
    ["json", { json: { a: "é" } }, "application/json", '{"a":"é"}'],
    ["json null", { json: null }, "application/json", "null"],
    ["json false", { json: false }, "application/json", "false"],
    ["text", { text: "é" }, "text/plain", "é"],
    ["empty text", { text: "" }, "text/plain", ""],
    ["payload", { payload: utf8("bytes") }, "application/octet-stream", "bytes"],
    [
      "an own content type",
      { json: {}, contentType: "application/x-amz-json-1.1" },
      "application/x-amz-json-1.1",
      "{}",
    ],
    [
      "absent members",
      { json: {}, text: undefined, payload: undefined, contentType: undefined },
      "application/json",
      "{}",
    ],
    ["none", {}, undefined, ""],
    ["none but a content type", { contentType: "text/xml" }, "text/xml", ""],
  ])("%s", (_, input, contentType, payload) => {
    expect(partsOf(input)).toMatchObject({ contentType, payload: toHex(utf8(payload)) });
  });

  test("without content, two headers", () => {
    expect(partsOf({}).names).toEqual([":event-type", ":message-type"]);
  });

  test.each<[string, EventInput["headers"]]>([
    ["an object", { part: int32(1), more: true }],
    [
      "pairs",
      [
        ["part", int32(1)],
        ["more", true],
      ],
    ],
    [
      "a Map",
      new Map<string, ReturnType<typeof int32> | boolean>([
        ["part", int32(1)],
        ["more", true],
      ]),
    ],
    [
      "MessageHeaders",
      new MessageHeaders([
        ["part", int32(1)],
        ["more", { type: "boolean", value: true }],
      ]),
    ],
  ])("more headers from %s come last", (_, headers) => {
    const message = decodeMessage(encodeEvent({ event: "e", text: "t", headers }));
    expect(plain(message).headers).toEqual([
      [":event-type", "string", "e"],
      [":content-type", "string", "text/plain"],
      [":message-type", "string", "event"],
      ["part", "integer", 1],
      ["more", "boolean", true],
    ]);
  });
});

describe("what cannot be encoded", () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);

  test.each<[string, () => unknown, string, string]>([
    ["two contents", () => encodeEvent({ event: "e", json: {}, text: "t" }), "encode_type", "json and text"],
    ["forgotten json", () => encodeEvent({ event: "e", json: undefined }), "encode_type", "found undefined as json"],
    ["forgotten text", () => encodeEvent({ event: "e", text: undefined }), "encode_type", "found undefined as text"],
    ["a function", () => encodeEvent({ event: "e", json: () => 1 }), "encode_type", "found a function as json"],
    ["a bigint", () => encodeEvent({ event: "e", json: { n: 1n } }), "encode_type", "cannot be written as JSON"],
    ["a cycle", () => encodeEvent({ event: "e", json: cyclic }), "encode_type", "cannot be written as JSON"],
    ["text that is none", () => encodeEvent({ event: "e", text: 5 as never }), "encode_type", "the number 5 as text"],
    ["half a character", () => encodeEvent({ event: "e", text: "\uD83D" }), "encode_type", "lone surrogate"],
    ["no bytes", () => encodeEvent({ event: "e", payload: [1] as never }), "encode_type", "an array as payload"],
    ["no name", () => encodeEvent({ text: "t" } as never), "encode_type", "found undefined as event"],
    ["a boolean name", () => encodeException({ exception: true as never, json: {} }), "encode_type", "as exception"],
    [
      "a typed content type",
      () => encodeEvent({ event: "e", json: {}, contentType: 1 as never }),
      "encode_type",
      "as contentType",
    ],
    ["no headers", () => encodeEvent({ event: "e", headers: 5 as never }), "encode_type", "Encoding headers"],
    [
      "a second name",
      () => encodeEvent({ event: "e", headers: { ":event-type": "f" } }),
      "encode_duplicate",
      ":event-type",
    ],
    ["a long name", () => encodeEvent({ event: "e".repeat(32_768) }), "encode_limit", "32768 bytes"],
    ["a bare number", () => encodeEvent({ event: "e", headers: { n: 1 as never } }), "encode_type", "int32()"],
    ["no code", () => encodeError({ message: "m" } as never), "encode_type", "found undefined as error"],
    ["no message", () => encodeError({ error: "e" } as never), "encode_type", "found undefined as message"],
  ])("%s", (_, encode, code, message) => {
    expect(encode).toThrow(EventStreamError);
    expect(encode).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as string }));
  });

  test("the error says which header, if it is one, and why there is no JSON", () => {
    const [name, type, text] = [
      { event: 5 as never },
      { event: "e", json: 1, contentType: 5 as never },
      { event: "e", text: 5 as never },
    ].map((input) => thrownBy(() => encodeEvent(input)));
    expect(name).toMatchObject({ header: ":event-type" });
    expect(type).toMatchObject({ header: ":content-type" });
    expect(text).not.toHaveProperty("header");
    expect(thrownBy(() => encodeEvent({ event: "e", json: 1n }))).toMatchObject({
      cause: expect.any(TypeError) as Error,
    });
  });

  test("limits are those of the wire when asked for", () => {
    const name = "e".repeat(32_768);
    const message = decodeMessage(encodeEvent({ event: name }, { limits: "wire" }));
    expect(message.headers.string(":event-type")).toBe(name);
  });
});
