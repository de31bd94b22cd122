import type { HeadersInput, MessageInput } from "@eventstream-kit/codec";
import {
  byte,
  decodeMessage,
  encodedLength,
  encodeInto,
  encodeMessage,
  encodeMessages,
  encodeParts,
  int32,
  MessageDecoder,
  MessageHeaders,
  short,
  timestamp,
  uuid,
} from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { anyMessage } from "./support/arbitraries.ts";
import { FrameWriter } from "../src/frame-writer.ts";
import { sizeLimits } from "../src/limits.ts";
import { writeHeaders } from "../src/write-headers.ts";
import { buildFrame } from "./support/build-frame.ts";
import { concat, hex, toHex, utf8 } from "./support/bytes.ts";
import { thrownBy } from "./support/thrown.ts";
import { countWork } from "./support/work.ts";

const headers = { ":event-type": "chunk", n: int32(7) };
/** Of every size at which the encoder does something else, as bytes and as text, ASCII or not. */
const messages: readonly MessageInput[] = [
  {},
  { headers },
  { payload: "text" },
  { headers, payload: utf8("bytes") },
  { headers: new MessageHeaders(headers), payload: "é".repeat(100) },
  { headers, payload: new Uint8Array(8192).fill(7) },
  { headers, payload: new Uint8Array(8193).fill(7) },
  { headers, payload: "x".repeat(9000) },
  { headers, payload: "😀".repeat(5000) },
  {
    headers: { blob: new Uint8Array(30_000).fill(1), text: "é".repeat(15_000), more: "y".repeat(30_000) },
    payload: "z",
  },
  { headers, payload: new Uint8Array(200_000).fill(7) },
];

/** Encodes while another message is: in memory that nothing has made grow. */
function withNewMemory(encode: () => Uint8Array): Uint8Array {
  let bytes: Uint8Array | undefined;
  function* meanwhile(): Generator<[string, string]> {
    bytes = encode();
    yield ["a", "header"];
  }
  encodeMessage({ headers: meanwhile() });
  return bytes!;
}

describe("every form gives the same bytes", () => {
  test("for messages of all sizes", () => {
    const expected = messages.map((message) => encodeMessage(message));
    messages.forEach((message, i) => {
      const frame = expected[i]!;
      expect(Buffer.compare(concat(...encodeParts(message)), frame)).toBe(0);
      expect(encodedLength(message)).toBe(frame.length);
      for (const offset of [0, 5]) {
        const target = new Uint8Array(frame.length + 20).fill(0xee);
        expect(encodeInto(message, target, offset)).toBe(frame.length);
        expect(Buffer.compare(target.subarray(offset, offset + frame.length), frame)).toBe(0);
        const around = [...target.subarray(0, offset), ...target.subarray(offset + frame.length)];
        expect(new Set(around)).toEqual(new Set([0xee]));
      }
    });
    expect(Buffer.compare(encodeMessages(messages), concat(...expected))).toBe(0);
    expect([...new MessageDecoder().push(encodeMessages(messages))]).toHaveLength(messages.length);
    expect(encodeMessages([])).toEqual(new Uint8Array());
  });

  test("for headers that end where the memory they are written in does, or a few bytes before or behind", () => {
    const forms: ((message: MessageInput) => Uint8Array)[] = [
      encodeMessage,
      (message) => encodeMessages([message]),
      (message) => concat(...encodeParts(message)),
      (message) => {
        const target = new Uint8Array(encodedLength(message));
        encodeInto(message, target);
        return target;
      },
    ];
    for (let headersEnd = 16_384 - 20; headersEnd <= 16_384 + 4; headersEnd++) {
      const message = { headers: { a: new Uint8Array(headersEnd - 12 - 5).fill(headersEnd) }, payload: "text" };
      const frame = buildFrame({
        headers: concat(hex("016106"), hex((headersEnd - 17).toString(16)), message.headers.a),
        payload: utf8("text"),
      });
      for (const form of forms)
        expect(
          Buffer.compare(
            withNewMemory(() => form(message)),
            frame,
          ),
        ).toBe(0);
    }
  });

  test("for headers that are known where the memory ends in which they are copied", () => {
    const made = new MessageHeaders(headers);
    for (let turn = 0; turn < 3; turn++) encodeMessages([{ headers: made }, { headers }]);
    const size = encodedLength({ headers });
    for (let before = 16_384 - size - 20; before <= 16_384; before++) {
      const filler = { payload: new Uint8Array(before - 16) };
      for (const repeated of [made, headers]) {
        const batch = withNewMemory(() => encodeMessages([filler, { headers: repeated }]));
        expect(batch).toHaveLength(before + size);
        expect(Buffer.compare(batch.subarray(before), encodeMessage({ headers: Object.entries(headers) }))).toBe(0);
      }
    }
  });

  test("for values of all types where the memory ends in which they are written", () => {
    const values = [
      true,
      byte(-2),
      short(-3),
      int32(-4),
      -5n,
      timestamp(-6),
      uuid("00010203-0405-0607-0809-0a0b0c0d0e0f"),
      "",
      "text",
      "é",
      new Uint8Array(),
    ];
    for (const value of values) {
      for (let end = 16_384 - 24; end <= 16_384; end++) {
        const filler = new Uint8Array(end - 12 - 5);
        for (const entries of [{ a: filler, value }, Object.entries({ a: filler, value })]) {
          const found = decodeMessage(withNewMemory(() => encodeMessages([{ headers: entries }]))).headers;
          expect(found.get("value")).toEqual(new MessageHeaders({ value }).get("value"));
          expect(found.get("a")?.value).toHaveLength(filler.length);
        }
      }
    }
  });

  test("for random messages", () => {
    fc.assert(
      fc.property(fc.array(anyMessage(), { maxLength: 4 }), (some) => {
        const frames = some.map((message) => encodeMessage(message));
        expect(encodeMessages(some)).toEqual(concat(...frames));
        some.forEach((message, i) => {
          const target = new Uint8Array(frames[i]!.length);
          encodeInto({ ...message, headers: new MessageHeaders(message.headers) }, target);
          expect(target).toEqual(frames[i]);
          expect(concat(...encodeParts(message))).toEqual(frames[i]);
        });
      }),
      { numRuns: 100 },
    );
  });

  test("in memory of their own", () => {
    for (const message of messages) {
      for (const bytes of [encodeMessage(message), encodeMessages([message])]) {
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
        expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length]);
      }
    }
    const [one, two] = [encodeMessage(messages[3]!), encodeMessage(messages[3]!)];
    one.fill(0xff);
    expect(two).toEqual(encodeMessage(messages[3]!));
  });
});

describe("encodeInto", () => {
  const message = { headers, payload: "payload" };
  const size = encodedLength(message);

  test("writes nothing when it throws", () => {
    const target = new Uint8Array(size + 3).fill(0xee);
    const before = target.slice();
    const details = { code: "invalid_argument", expected: size, received: size - 1 };
    expect(thrownBy(() => encodeInto(message, target, 4))).toMatchObject(details);
    expect(thrownBy(() => encodeInto({ headers: { n: "\uD800" } }, target))).toMatchObject({ code: "encode_type" });
    const large = { payload: new Uint8Array(10_000) };
    expect(thrownBy(() => encodeInto(large, target))).toMatchObject({ expected: 10_016, received: size + 3 });
    expect(target).toEqual(before);
  });

  test("refuses what is no target and what is no offset in it", () => {
    for (const target of ["text", null, [], new ArrayBuffer(500), new DataView(new ArrayBuffer(500))]) {
      expect(thrownBy(() => encodeInto(message, target as never))).toMatchObject({ code: "invalid_argument" });
    }
    for (const offset of [-1, 0.5, 501, Number.NaN, "0", null]) {
      const call = () => encodeInto(message, new Uint8Array(500), offset as number);
      expect(thrownBy(call)).toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("in 500 bytes, expected a Uint8Array and an offset in it"),
      });
    }
    expect(encodeInto({}, new Uint8Array(20), 4)).toBe(16);
    // The end is an offset, though nothing fits there.
    const details = { code: "invalid_argument", expected: 16, received: 0 };
    expect(thrownBy(() => encodeInto({}, new Uint8Array(20), 20))).toMatchObject(details);
  });

  test("takes a payload that is part of the target", () => {
    for (const length of [100, 20_000]) {
      for (const from of [0, 40, 70]) {
        const target = Uint8Array.from({ length: length + 200 }, (_, i) => i * 3);
        const payload = target.subarray(from, from + length);
        const expected = encodeMessage({ headers, payload });
        encodeInto({ headers, payload }, target, 20);
        expect(Buffer.compare(target.subarray(20, 20 + expected.length), expected)).toBe(0);
      }
    }
  });

  test("writes the same after others have made the memory between grow, or be let go", () => {
    for (const bytes of [100, 30_000, 100, 32_000, 100, 120_000, 100]) {
      const large = { headers: [0, 1, 2, 3].map((i) => [`h${i}`, new Uint8Array(bytes / 4)] as const) };
      for (const text of ["one", "two"]) {
        const frame = encodeMessage({ headers, payload: text });
        const target = new Uint8Array(frame.length);
        encodeInto({ headers, payload: text }, target);
        expect(target).toEqual(frame);
        expect(decodeMessage(encodeMessage(large)).headers.size).toBe(4);
      }
    }
  });

  test("writes to memory of every kind", () => {
    const expected = encodeMessage(message);
    const shared = new Uint8Array(new SharedArrayBuffer(size + 8), 8);
    for (const target of [Buffer.alloc(size), shared, new Uint8Array(new ArrayBuffer(size + 8), 3, size)]) {
      encodeInto(message, target);
      expect(toHex(target)).toBe(toHex(expected));
    }
  });
});

test("encodeInto takes text for memory that the TextEncoder of browsers does not write to", () => {
  const resizable = Reflect.construct(ArrayBuffer, [20_000, { maxByteLength: 40_000 }]) as ArrayBuffer;
  const encoder = new TextEncoder();
  const write = encoder.encodeInto.bind(encoder);
  const spy = vi.spyOn(TextEncoder.prototype, "encodeInto").mockImplementation((text, target) => {
    if (target.buffer === resizable || target.buffer instanceof SharedArrayBuffer)
      throw new TypeError("must not be shared or resizable");
    return write(text, target);
  });
  try {
    for (const text of ["short", "é".repeat(4096), "é".repeat(5000)]) {
      const expected = encodeMessage({ headers: { a: text.slice(0, 100) }, payload: text });
      for (const target of [new Uint8Array(resizable), new Uint8Array(new SharedArrayBuffer(20_000))]) {
        const length = encodeInto({ headers: { a: text.slice(0, 100) }, payload: text }, target, 7);
        expect(new Uint8Array(target).slice(7, 7 + length)).toEqual(expected);
      }
    }
    expect(spy).toHaveBeenCalled();
  } finally {
    spy.mockRestore();
  }
});

describe("encodeParts", () => {
  test("hands the payload through", () => {
    for (const payload of [new Uint8Array(3), Buffer.alloc(100_000)]) {
      const work = countWork(() => expect(encodeParts({ headers, payload })[1]).toBe(payload));
      expect(work.copiedBytes).toBeLessThan(1000);
    }
  });

  test("gives ends that no other message writes over", () => {
    const [head, , trailer] = encodeParts({ headers, payload: "one" });
    const before = [head, trailer].map(toHex);
    encodeMessages(messages);
    expect([head, trailer].map(toHex)).toEqual(before);
  });
});

describe("encodeMessages", () => {
  test("refuses what is no list of messages", () => {
    for (const list of [null, undefined, 5, "text", "", {}]) {
      expect(thrownBy(() => encodeMessages(list as never))).toMatchObject({ code: "encode_type" });
    }
    for (const list of [[{}, null], ["text"]]) {
      expect(thrownBy(() => encodeMessages(list as never))).toMatchObject({ code: "encode_type" });
    }
  });

  test("finds no memory with a typed error", () => {
    const poor = new Proxy(Uint8Array, {
      construct(target, args: readonly unknown[]) {
        if (typeof args[0] === "number" && args[0] > 1_000_000) throw new RangeError("Array buffer allocation failed");
        return Reflect.construct(target, args) as object;
      },
    });
    const payload = new Uint8Array(2_000_000);
    vi.stubGlobal("Uint8Array", poor);
    try {
      const error = thrownBy(() => encodeMessages([{}, { payload }]));
      expect(error).toMatchObject({ code: "encode_limit", limit: "message", cause: expect.any(RangeError) });
    } finally {
      vi.unstubAllGlobals();
    }
    expect(encodeMessages([{}])).toEqual(encodeMessage({}));
  });
});

test("a message may be encoded while another one is", () => {
  const inner: Uint8Array[] = [];
  function* names(): Generator<[string, string]> {
    yield ["before", "1"];
    inner.push(encodeMessage({ headers: { inside: "a header" }, payload: "inner" }));
    expect(thrownBy(() => encodeMessage({ headers: { inside: "\uD800" } }))).toMatchObject({ code: "encode_type" });
    yield ["after", "2"];
  }
  function* list(): Generator<MessageInput> {
    yield { headers: names(), payload: "outer" };
    inner.push(encodeMessages([{ payload: "in a batch" }]));
    yield { headers: names() };
  }
  const expected = { before: "1", after: "2" };
  expect(encodeMessage({ headers: names(), payload: "outer" })).toEqual(
    encodeMessage({ headers: expected, payload: "outer" }),
  );
  const outer = encodeMessages(list());
  expect(outer).toEqual(encodeMessages([{ headers: expected, payload: "outer" }, { headers: expected }]));
  expect(inner.map((bytes) => Buffer.from(decodeMessage(bytes).payload).toString())).toEqual([
    "inner",
    "inner",
    "in a batch",
    "inner",
  ]);
});

/** Whether the bytes of headers are known in advance when they are written for the first time, and again and again. */
function known(input: HeadersInput): boolean[] {
  return [1, 2, 3, 4].map(() => {
    const writer = new FrameWriter();
    const before = writeHeaders(writer, input, sizeLimits("wire"));
    expect(writer.at).toBeGreaterThan(0);
    return before !== undefined;
  });
}

describe("headers made once", () => {
  const made = new MessageHeaders(headers);
  const expected = (payload: string) => encodeMessage({ headers, payload });

  test("give the same bytes however often they are encoded", () => {
    for (const payload of ["one", "two", "", "four", "x".repeat(10_000)]) {
      expect(encodeMessage({ headers: made, payload })).toEqual(expected(payload));
      expect(encodeMessages([{ headers: made, payload }, {}])).toEqual(concat(expected(payload), encodeMessage({})));
      expect(concat(...encodeParts({ headers: made, payload }))).toEqual(expected(payload));
    }
  });

  test("are remembered as bytes from the second time on, unless these are many", () => {
    expect(known(new MessageHeaders({ a: "short" }))).toEqual([false, false, true, true]);
    expect(known(new MessageHeaders({ a: "x".repeat(1024 - 5) }))).toEqual([false, false, true, true]);
    expect(known(new MessageHeaders({ a: "x".repeat(1024 - 4) }))).toEqual([false, false, false, false]);
    expect(known([["a", "no headers made once"]])).toEqual([false, false, false, false]);
  });

  test("cannot be changed once their bytes are remembered", () => {
    const own = new MessageHeaders({ a: { type: "string", value: "one" } });
    for (let i = 0; i < 5; i++) encodeMessage({ headers: own });
    expect(() => Object.assign(own.get("a")!, { value: "two" })).toThrow(TypeError);
    expect(decodeMessage(encodeMessage({ headers: own })).headers.string("a")).toBe("one");
  });

  test("are written anew each time when they have bytes in them, which can be changed", () => {
    const blob = hex("0102");
    const own = new MessageHeaders({ a: "same", blob });
    for (const digits of ["0102", "0304", "0506", "0708"]) {
      blob.set(hex(digits));
      expect(decodeMessage(encodeMessage({ headers: own })).headers.get("blob")?.value).toEqual(hex(digits));
    }
  });

  test("leave those of the caller alone", () => {
    const value = { type: "string", value: "one" } as const;
    for (let i = 0; i < 5; i++) encodeMessage({ headers: { a: value } });
    const own = new MessageHeaders({ a: value });
    for (let i = 0; i < 5; i++) encodeMessage({ headers: own });
    expect(Object.isFrozen(value)).toBe(false);
  });

  test("that were decoded encode to what they were decoded from", () => {
    const frame = expected("relayed");
    for (let i = 0; i < 30; i++) expect(encodeMessage(decodeMessage(frame))).toEqual(frame);
  });

  test("are checked by the limits that are in force", () => {
    const long = new MessageHeaders({ a: "x".repeat(40_000) });
    for (let i = 0; i < 3; i++) {
      encodeMessage({ headers: long }, { limits: "wire" });
      expect(thrownBy(() => encodeMessage({ headers: long }))).toMatchObject({ code: "encode_limit", limit: "value" });
    }
  });
});

test("a large payload is copied once", () => {
  const message = { headers, payload: new Uint8Array(1_000_000) };
  const target = new Uint8Array(encodedLength(message));
  for (const encode of [() => encodeMessage(message), () => encodeInto(message, target)]) {
    expect(countWork(() => void encode()).copiedBytes).toBeLessThan(1_001_000);
  }
  // Text is written in its place, and not copied.
  const text = { headers, payload: "x".repeat(1_000_000) };
  for (const encode of [() => encodeMessage(text), () => encodeInto(text, target)]) {
    expect(countWork(() => void encode()).copiedBytes).toBeLessThan(1000);
  }
});

test("the memory that one message was written in is there for the next, in whatever form, after an error, too", () => {
  const target = new Uint8Array(100);
  const forms: ((message: MessageInput) => unknown)[] = [
    encodeMessage,
    encodedLength,
    encodeParts,
    (message) => encodeMessages([message]),
    (message) => encodeInto(message, target),
  ];
  for (const form of forms) {
    const work = countWork(() => {
      for (let i = 0; i < 20; i++) {
        form({ headers, payload: "text" });
        expect(thrownBy(() => form({ headers, payload: "\uD800" }))).toMatchObject({ code: "encode_type" });
      }
    });
    // Less than twice the memory of a writer.
    expect(work.allocatedBytes).toBeLessThan(20_000);
  }
  const work = countWork(() => {
    for (let i = 0; i < 1000; i++) encodedLength({ headers, payload: "text" });
  });
  expect(work.allocatedBytes).toBeLessThan(20_000);
});

test("a batch is moved a bounded number of times, however many messages it has", () => {
  const batch = Array.from({ length: 4000 }, () => ({ payload: new Uint8Array(1000) }));
  const length = 4000 * 1016;
  const work = countWork(() => void encodeMessages(batch));
  // Into place, out of memory that was too small, and into the result.
  expect(work.copiedBytes).toBeLessThan(3.5 * length);
  expect(work.allocatedBytes).toBeLessThan(3.5 * length);
});

test("no room is made for text that is over the limit anyway", () => {
  const text = "é".repeat(4 * 1024 * 1024);
  const work = countWork(() => {
    for (const [limits, expected] of [
      ["specification", 32_767],
      ["wire", 65_535],
    ] as const) {
      const error = thrownBy(() => encodeMessage({ headers: { a: text } }, { limits }));
      expect(error).toMatchObject({ code: "encode_limit", limit: "value", header: "a", expected, received: 8_388_608 });
    }
  });
  expect(work.allocatedBytes).toBeLessThan(100_000);
});
