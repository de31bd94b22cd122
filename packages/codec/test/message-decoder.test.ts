import {
  byte,
  decodeMessage,
  encodeMessage,
  EventStreamError,
  FrameSplitter,
  MessageDecoder,
  MessageHeaders,
} from "@eventstream-kit/codec";
import { inspect, isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { buildFrame, rawHeader } from "./support/build-frame.ts";
import { concat, hex, toHex, utf8 } from "./support/bytes.ts";
import { plain } from "./support/plain.ts";
import { thrownBy } from "./support/thrown.ts";

const messageOf = (text: string) => encodeMessage({ headers: { text }, payload: text });
const bad = buildFrame({ messageCrc: 0 });

describe("format case 72: decoders and their state", () => {
  test("decoders used side by side know nothing of each other", () => {
    const streams = ["a", "b", "c"].map((name) => concat(...[1, 2, 3].map((n) => messageOf(`${name}${n}`.repeat(9)))));
    const decoders = streams.map(() => new MessageDecoder());
    const texts: (string | undefined)[][] = streams.map(() => []);
    for (let at = 0; at < streams[0]!.length; at++) {
      decoders.forEach((decoder, i) => {
        if (at === 50 && i === 1) decoder.push(bad);
        for (const { headers } of at < 50 || i !== 1 ? decoder.push(streams[i]!.subarray(at, at + 1)) : []) {
          texts[i]!.push(headers.string("text"));
        }
      });
    }
    expect(texts).toEqual([["a1", "a2", "a3"].map((t) => t.repeat(9)), [], ["c1", "c2", "c3"].map((t) => t.repeat(9))]);
    expect(thrownBy(() => decoders[1]!.finish())).toBeInstanceOf(EventStreamError);
    decoders[0]!.finish();
    decoders[2]!.finish();
  });

  test("reset() makes a failed decoder new, and nothing else does", () => {
    const decoder = new MessageDecoder();
    decoder.push(concat(messageOf("one"), bad));
    expect(thrownBy(() => decoder.push(messageOf("two")))).toMatchObject({ code: "message_crc", messageIndex: 1 });
    decoder.reset();
    expect([...decoder.push(messageOf("three"))]).toHaveLength(1);
    decoder.finish();
  });

  test("reset() drops half a message and counts from 0 again", () => {
    const decoder = new MessageDecoder();
    decoder.push(concat(messageOf("one"), messageOf("two").subarray(0, 20)));
    decoder.reset();
    const batch = decoder.push(bad);
    expect(thrownBy(() => [...batch])).toMatchObject({ offset: 12, messageIndex: 0 });
  });

  test.each([1, 11, 12, messageOf("two").length])(
    "a finished decoder takes no more bytes until reset(), such as %i of them",
    (size) => {
      for (const decoder of [new MessageDecoder(), new FrameSplitter()]) {
        expect([...decoder.push(messageOf("one"))]).toHaveLength(1);
        decoder.finish();
        const batch = decoder.push(messageOf("two").subarray(0, size));
        const error = thrownBy(() => [...batch]);
        expect(error).toMatchObject({ code: "trailing_bytes", offset: messageOf("one").length });
        expect(thrownBy(() => decoder.push(messageOf("two")))).toBe(error);
        decoder.reset();
        expect([...decoder.push(messageOf("two"))]).toHaveLength(1);
        decoder.finish();
      }
    },
  );
});

test("messages are decoded by push itself, not when they are looked at", () => {
  const decoder = new MessageDecoder();
  const first = decoder.push(messageOf("one").subarray(0, 20));
  const second = decoder.push(messageOf("one").subarray(20));
  expect([...first]).toEqual([]);
  expect([...second].map(plain)).toEqual([{ headers: [["text", "string", "one"]], payload: toHex(utf8("one")) }]);
  // A batch can be read again.
  expect([...second]).toHaveLength(1);
});

test("decodeMessage takes one whole message and nothing more", () => {
  const message = messageOf("one");
  for (let length = 0; length < message.length; length++) {
    const expected = length < 12 ? 12 : message.length;
    expect(thrownBy(() => decodeMessage(message.subarray(0, length)))).toMatchObject({
      code: "truncated",
      offset: length,
      expected,
      received: length,
    });
  }
  expect(thrownBy(() => decodeMessage(concat(message, message)))).toMatchObject({
    code: "trailing_bytes",
    offset: message.length,
    expected: message.length,
    received: 2 * message.length,
  });
  expect(thrownBy(() => decodeMessage("text" as unknown as Uint8Array))).toMatchObject({ code: "invalid_argument" });
});

test("a chunk that is no Uint8Array is refused and changes nothing", () => {
  const message = messageOf("one");
  for (const decoder of [new MessageDecoder(), new FrameSplitter()]) {
    decoder.push(message.subarray(0, 20));
    for (const chunk of ["text", message.buffer, [1, 2], null, undefined, new Uint16Array(2), { length: 1 }]) {
      expect(thrownBy(() => decoder.push(chunk as Uint8Array))).toMatchObject({ code: "invalid_argument" });
    }
    expect([...decoder.push(message.subarray(20))]).toHaveLength(1);
    decoder.finish();
  }
});

test("errors say where, in the stream and not in the chunk", () => {
  const decoder = new MessageDecoder();
  const good = messageOf("fine");
  const refused = buildFrame({ headers: concat(rawHeader("a", 0), rawHeader('é"\n', 0x63)) });
  decoder.push(concat(good, good).subarray(0, good.length + 9));
  const batch = decoder.push(concat(good.subarray(9), refused));
  const error = thrownBy(() => [...batch]);
  expect(error).toMatchObject({
    name: "EventStreamError",
    code: "header_type",
    messageIndex: 2,
    offset: 2 * good.length + 12 + 3 + 1 + 4,
    header: 'é"\n',
    received: 0x63,
    message: `Reading message 2 (from byte ${2 * good.length}): in header "é\\"\\n", its type is 99, expected 0 to 9`,
  });
});

test("errors show checksums as people compare them", () => {
  const prelude = thrownBy(() => decodeMessage(buildFrame({ preludeCrc: 0xab })));
  expect((prelude as Error).message).toContain("the prelude CRC is 0x000000ab, expected 0x05c248eb");
  const message = thrownBy(() => decodeMessage(buildFrame({ messageCrc: 0 })));
  expect((message as Error).message).toContain("the message CRC is 0x00000000, expected 0x7d98c8ff");
});

test("headers are a read-only map", () => {
  const [message] = new MessageDecoder().push(encodeMessage({ headers: { a: "x", b: true, c: hex("ff") } }));
  const { headers } = message!;
  expect(headers.size).toBe(3);
  expect([headers.has("a"), headers.has("A")]).toEqual([true, false]);
  expect([headers.string("a"), headers.string("b"), headers.string("z")]).toEqual(["x", undefined, undefined]);
  expect([...headers.keys()]).toEqual(["a", "b", "c"]);
  expect([...headers.values()].map(({ type }) => type)).toEqual(["string", "boolean", "binary"]);
  expect([...headers]).toEqual([...headers.entries()]);
  const seen: unknown[] = [];
  headers.forEach(function (this: unknown, value, name, all) {
    seen.push([this, name, value.type, all === headers]);
  }, "this");
  expect(seen.map((line) => (line as unknown[]).slice(1))).toEqual([
    ["a", "string", true],
    ["b", "boolean", true],
    ["c", "binary", true],
  ]);
  for (const name of ["set", "delete", "clear"]) expect(name in headers).toBe(false);
});

test("headers print and compare by what is in them", () => {
  const [one, same, other] = [byte(1), byte(1), byte(2)].map((value) => new MessageHeaders([["n", value]]));
  expect(inspect(one)).toContain("'n' =>");
  expect(isDeepStrictEqual(one, same)).toBe(true);
  expect(isDeepStrictEqual(one, other)).toBe(false);
  const decoded = decodeMessage(encodeMessage({ headers: one }));
  expect(isDeepStrictEqual(decoded.headers, one)).toBe(true);
});
