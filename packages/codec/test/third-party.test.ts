import type { Message } from "@eventstream-kit/codec";
import { decodeMessage, encodeMessage, FrameSplitter, MessageDecoder } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat, toHex } from "./support/bytes.ts";
import { decodeEveryWay, refuseEveryWay } from "./support/every-way.ts";
import { listVectors, needsVectors, readRecording, readVector } from "./support/third-party.ts";

/** `decoded/positive/*` of the set that AWS SDKs share. Strings, bytes and UUIDs are in base64. */
interface StandardMessage {
  readonly total_length: number;
  readonly headers_length: number;
  readonly prelude_crc: number;
  readonly message_crc: number;
  readonly headers: readonly {
    readonly name: string;
    readonly type: number;
    readonly value: string | number | boolean;
  }[];
  readonly payload: string;
}

const typeNames = ["boolean", "boolean", "byte", "short", "integer", "long", "binary", "string", "timestamp", "uuid"];

function standardValue(type: number, value: string | number | boolean): string | number | boolean {
  if (typeof value === "number") return type === 5 || type === 8 ? String(value) : value;
  if (typeof value === "boolean") return value;
  const bytes = Buffer.from(value, "base64");
  if (type === 7) return bytes.toString();
  const digits = bytes.toString("hex");
  return type === 6 ? digits : digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const decoded = (name: string) => decodeEveryWay(readVector("smithy-rs", name));

describe("format case 2: the positive vectors of the AWS SDKs", () => {
  test("the standard set decodes to what it documents", (context) => {
    needsVectors(context);
    const names = listVectors("standard", "encoded", "positive");
    expect(names).toHaveLength(5);
    for (const name of names) {
      const bytes = readVector("standard", "encoded", "positive", name);
      const text = new TextDecoder().decode(readVector("standard", "decoded", "positive", name));
      const expected = JSON.parse(text) as StandardMessage;
      expect(decodeEveryWay(bytes)).toEqual({
        headers: expected.headers.map((h) => [h.name, typeNames[h.type], standardValue(h.type, h.value)]),
        payload: Buffer.from(expected.payload, "base64").toString("hex"),
      });
      const view = new DataView(bytes.buffer);
      expect([view.getUint32(0), view.getUint32(4), view.getInt32(8), view.getInt32(bytes.length - 4)]).toEqual([
        expected.total_length,
        expected.headers_length,
        expected.prelude_crc,
        expected.message_crc,
      ]);
    }
  });

  test("the standard set's negative ones are refused for the checksum they document", (context) => {
    needsVectors(context);
    const names = listVectors("standard", "encoded", "negative");
    expect(names).toHaveLength(4);
    for (const name of names) {
      const bytes = readVector("standard", "encoded", "negative", name);
      const why = new TextDecoder().decode(readVector("standard", "decoded", "negative", name));
      refuseEveryWay(bytes, /prelude/i.test(why) ? "prelude_crc" : "message_crc");
    }
  });

  test("the Rust set's valid ones", (context) => {
    needsVectors(context);
    expect(decoded("valid_empty_payload")).toMatchObject({ payload: "" });
    expect(decoded("valid_no_headers")).toEqual({
      headers: [],
      payload: Buffer.from("another test payload").toString("hex"),
    });
    expect(decoded("valid_with_all_headers_and_payload")).toEqual({
      headers: [
        ["true", "boolean", true],
        ["false", "boolean", false],
        ["byte", "byte", 50],
        ["short", "short", 20_000],
        ["int", "integer", 500_000],
        ["long", "long", "50000000000"],
        ["bytes", "binary", Buffer.from("some bytes").toString("hex")],
        ["str", "string", "some str"],
        ["time", "timestamp", "5000000000"],
        ["uuid", "uuid", "b79bc914-de21-4e13-b8b2-bc47e85b7f0b"],
      ],
      payload: Buffer.from("some payload").toString("hex"),
    });
  });
});

const recordings = [
  ["s3-select-object-content.json", "Response", 3],
  ["cloudwatchlogs-start-live-tail.json", "Response", 2],
  ["transcribe-success.json", "Request", 12],
  ["transcribe-success.json", "Response", 35],
  ["transcribe-error.json", "Request", 1],
  ["transcribe-error.json", "Response", 1],
] as const;

function decodeAll(chunks: readonly Uint8Array[]): Message[] {
  const decoder = new MessageDecoder();
  const messages = chunks.flatMap((chunk) => [...decoder.push(chunk)]);
  decoder.finish();
  return messages;
}

describe("format case 3: recorded traffic of AWS services", () => {
  test.for(recordings)("%s, %s: %i messages", ([name, direction, count], context) => {
    needsVectors(context);
    const chunks = readRecording(name, direction);
    const messages = decodeAll(chunks);
    expect(messages).toHaveLength(count);
    const whole = concat(...chunks);
    expect(toHex(concat(...messages.map((message) => encodeMessage(message))))).toBe(toHex(whole));
    expect(toHex(concat(...new FrameSplitter().push(whole)))).toBe(toHex(whole));
  });

  test("signed messages hold a message each, and the last one holds nothing", (context) => {
    needsVectors(context);
    const signed = ["transcribe-success.json", "transcribe-error.json"].flatMap((name) =>
      decodeAll(readRecording(name, "Request")),
    );
    expect(signed).toHaveLength(13);
    for (const { headers } of signed) {
      expect([...headers.keys()].toSorted()).toEqual([":chunk-signature", ":date"]);
      expect(headers.get(":date")?.type).toBe("timestamp");
      expect(headers.get(":chunk-signature")).toMatchObject({ type: "binary", value: { length: 32 } });
    }
    const [end, ...audio] = signed.toSorted((a, b) => a.payload.length - b.payload.length);
    expect(end!.payload).toHaveLength(0);
    for (const { payload } of audio) {
      expect(decodeMessage(payload).headers.string(":event-type")).toBe("AudioEvent");
    }
  });
});
