import { EventStreamError, messageFromJson, MessageHeaders, messageToJson } from "@eventstream-kit/codec";
import type { Message } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { thrownBy } from "./support/thrown.ts";

function withHeader(...header: unknown[]) {
  return { k: "frame", headers: [["ok", "boolean", true], header] };
}

describe("what is refused, and where", () => {
  const event = { k: "frame", event: "e", ct: "t" };

  test.each<[string, unknown, string, string | undefined]>([
    ["no object", "frame", "encode_type", undefined],
    ["a list", [], "encode_type", undefined],
    ["nothing", null, "encode_type", undefined],
    ["no kind", { event: "e", ct: "t" }, "encode_type", "k"],
    ["another kind", { k: "raw", why: "truncated", b64: "" }, "encode_type", "k"],
    ["no headers at all", { k: "frame", text: "t" }, "encode_type", "event"],
    ["no content type", { k: "frame", event: "e" }, "encode_type", "ct"],
    ["a content type that is a boolean", { ...event, ct: true }, "encode_type", "ct"],
    ["a number for a name", { ...event, event: 5 }, "encode_type", "event"],
    ["both forms", { ...event, headers: [] }, "encode_type", "event"],
    ["a content type beside headers", { k: "frame", ct: "t", headers: [] }, "encode_type", "ct"],
    ["half a character in a name", { ...event, event: "\uD800" }, "encode_type", "event"],
    ["a content type that is too long", { ...event, ct: "t".repeat(65_536) }, "encode_limit", "ct"],
    ["headers that are no list", { k: "frame", headers: {} }, "encode_type", "headers"],
    ["a header that is no list", { k: "frame", headers: ["a"] }, "encode_type", "headers[0]"],
    ["a header of two", withHeader("a", "boolean"), "encode_type", "headers[1]"],
    ["a header of four", withHeader("a", "boolean", true, 1), "encode_type", "headers[1]"],
    ["a name that is no text", withHeader(1, "boolean", true), "encode_type", "headers[1][0]"],
    ["an empty name", withHeader("", "boolean", true), "encode_limit", "headers[1]"],
    ["a long name", withHeader("é".repeat(128), "boolean", true), "encode_limit", "headers[1]"],
    ["a second header of a name", withHeader("ok", "boolean", false), "encode_duplicate", "headers[1][0]"],
    ["no such type", withHeader("a", "float", 1), "encode_type", "headers[1]"],
    ["a boolean that is text", withHeader("a", "boolean", "true"), "encode_type", "headers[1]"],
    ["a byte too large", withHeader("a", "byte", 128), "encode_range", "headers[1]"],
    ["a short with a fraction", withHeader("a", "short", 1.5), "encode_range", "headers[1]"],
    ["an integer that is text", withHeader("a", "integer", "1"), "encode_type", "headers[1]"],
    ["a long that is a number", withHeader("a", "long", 5), "encode_type", "headers[1][2]"],
    ["a long with a zero before it", withHeader("a", "long", "05"), "encode_type", "headers[1][2]"],
    ["a long in hexadecimal", withHeader("a", "long", "0x5"), "encode_type", "headers[1][2]"],
    ["a long that is blank", withHeader("a", "long", ""), "encode_type", "headers[1][2]"],
    ["a long too large", withHeader("a", "long", "9223372036854775808"), "encode_range", "headers[1]"],
    ["a long of many digits", withHeader("a", "long", "9".repeat(100_000)), "encode_type", "headers[1][2]"],
    ["a timestamp that is a date", withHeader("a", "timestamp", "2023-04-07"), "encode_type", "headers[1][2]"],
    ["binary that is a list", withHeader("a", "binary", [1]), "encode_type", "headers[1][2]"],
    ["binary that is a list of four", withHeader("a", "binary", [1, 2, 3, 4]), "encode_type", "headers[1][2]"],
    ["binary that is no base64", withHeader("a", "binary", "A"), "encode_type", "headers[1][2]"],
    ["binary that is too long", withHeader("a", "binary", "A".repeat(65_536 * 4)), "encode_limit", "headers[1]"],
    ["a string that is a number", withHeader("a", "string", 5), "encode_type", "headers[1]"],
    ["half a character in a string", withHeader("a", "string", "\uDC00"), "encode_type", "headers[1]"],
    ["a UUID that is none", withHeader("a", "uuid", "0001"), "encode_type", "headers[1]"],
    ["two payloads", { ...event, json: {}, text: "" }, "encode_type", "text"],
    ["text that is none", { ...event, text: 5 }, "encode_type", "text"],
    ["half a character", { ...event, text: "\uD83D" }, "encode_type", "text"],
    ["base64 without padding", { ...event, b64: "AA" }, "encode_type", "b64"],
    ["base64 with blanks", { ...event, b64: "AA A" }, "encode_type", "b64"],
    ["base64 with spare bits", { ...event, b64: "AB==" }, "encode_type", "b64"],
    ["base64 with more spare bits", { ...event, b64: "AAB=" }, "encode_type", "b64"],
    ["base64 for URLs", { ...event, b64: "-_-_" }, "encode_type", "b64"],
    ["base64 of padding", { ...event, b64: "====" }, "encode_type", "b64"],
    ["base64 with padding inside", { ...event, b64: "AA==AA==" }, "encode_type", "b64"],
    ["base64 of other alphabets", { ...event, b64: "ÁÁÁÁ" }, "encode_type", "b64"],
    ["a value JSON has not", { ...event, json: 1n }, "encode_type", "json"],
    ["a function", { ...event, json: () => 1 }, "encode_type", "json"],
    ["opened base64", { ...event, json: { LogResult: { $b64text: "START" } } }, "encode_type", "json"],
    ["opened JSON", { ...event, json: [{ $b64json: {} }] }, "encode_type", "json"],
    ["a payload elsewhere", { ...event, file: "x.bin", bytes: 5 }, "encode_type", "file"],
    ["a payload misspelt", { ...event, txt: "hello" }, "encode_type", "txt"],
  ])("%s", (_, input, code, field) => {
    const error = thrownBy(() => messageFromJson(input));
    expect(error).toBeInstanceOf(EventStreamError);
    expect(error).toMatchObject({ code });
    expect((error as EventStreamError).field).toBe(field);
    expect((error as EventStreamError).message).toContain(field ?? "expected an object");
  });

  test("what JSON cannot hold, with the reason if there is one", () => {
    const [bigint, max] = [1n, Math.max].map((json) => thrownBy(() => messageFromJson({ ...event, json })));
    expect(bigint).toMatchObject({ cause: expect.any(TypeError) as TypeError });
    expect(max).not.toHaveProperty("cause");
    for (const error of [bigint, max]) expect(String(error)).toContain("a value that can be written as JSON");
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["undefined", undefined],
    ["the number 5", 5],
    ["the bigint 5", 5n],
    ["the boolean true", true],
    ["an array", []],
    ["an object", {}],
    ["a function", Math.max],
    ["a symbol", Symbol.iterator],
    [`the string "${"x".repeat(60)}"`, "x".repeat(60)],
    [`the string "${"x".repeat(60)}…"`, "x".repeat(61)],
  ])("an error says what was found: %s", (found, k) => {
    expect(String(thrownBy(() => messageFromJson({ k })))).toContain(`k is ${found}, expected`);
  });

  test("a value is not too long that only the specification forbids", () => {
    const { headers } = messageFromJson(withHeader("a", "string", "x".repeat(32_768)));
    expect(headers.string("a")).toHaveLength(32_768);
  });

  test("members with other meanings are let be when the payload is there", () => {
    const expected = messageFromJson({ ...event, text: "t" });
    expect(messageFromJson({ ...event, text: "t", dir: "c", note: "a comment" })).toEqual(expected);
    expect(messageFromJson({ ...event, dir: "s" }).payload).toHaveLength(0);
  });

  test("a UUID in capitals is the same UUID", () => {
    const { headers } = messageFromJson(withHeader("a", "uuid", "ABCDEF00-0405-0607-0809-0A0B0C0D0E0F"));
    expect(headers.get("a")).toEqual({ type: "uuid", value: "abcdef00-0405-0607-0809-0a0b0c0d0e0f" });
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, "encode_type"],
    ["no payload", { headers: new MessageHeaders() }, "encode_type"],
    ["no headers", { payload: new Uint8Array() }, "encode_type"],
    ["headers that are null", { headers: null, payload: new Uint8Array() }, "encode_type"],
    ["headers that are empty text", { headers: "", payload: new Uint8Array() }, "encode_type"],
    [
      "a value out of range",
      { headers: new Map([["a", { type: "byte", value: 300 }]]), payload: new Uint8Array() },
      "encode_range",
    ],
    ["a header that is no pair", { headers: [5], payload: new Uint8Array() }, "encode_type"],
    ["a name that is no text", { headers: [[1n, "a"]], payload: new Uint8Array() }, "encode_type"],
    ["a value that is null", { headers: [[":event-type", null]], payload: new Uint8Array() }, "encode_type"],
  ])("messageToJson of %s", (_, input, code) => {
    expect(() => messageToJson(input as Message)).toThrow(expect.objectContaining({ code }));
  });
});
