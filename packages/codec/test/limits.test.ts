import type { DecodeOptions } from "@eventstream-kit/codec";
import {
  decodeMessage,
  encodedLength,
  encodeMessage,
  encodeMessages,
  FrameSplitter,
  MessageDecoder,
} from "@eventstream-kit/codec";
import { describe, expect, test, vi } from "vitest";
import { buildFrame, buildPrelude, rawHeader } from "./support/build-frame.ts";
import { concat } from "./support/bytes.ts";
import { decodeEveryWay, refuseAtByte12, refuseEveryWay, refuseWhole } from "./support/every-way.ts";
import { thrownBy } from "./support/thrown.ts";

const maxPayload = 25_165_824;
const maxHeaders = 131_072;
const service: DecodeOptions = { role: "service" };

/** A header of exactly `size` bytes with a binary value of zeros. */
function headerOf(size: number, name: string): Uint8Array {
  const value = size - name.length - 4;
  return rawHeader(name, 6, value.toString(16).padStart(4, "0") + "00".repeat(value));
}

/** A header block of exactly `size` bytes, around 128 KiB. */
function blockOf(size: number): Uint8Array {
  return concat(
    headerOf(32_000, "a"),
    headerOf(32_000, "b"),
    headerOf(32_000, "c"),
    headerOf(32_000, "d"),
    headerOf(size - 128_000, "e"),
  );
}

describe("format case 17: exactly the specification's limits", () => {
  test("a header block of 131,072 bytes", () => {
    const frame = buildFrame({ headers: blockOf(maxHeaders) });
    const message = decodeMessage(frame, service);
    expect(message.headers.size).toBe(5);
    expect(encodeMessage(message)).toEqual(frame);
  });

  test("a payload of 25,165,824 bytes", () => {
    const payload = new Uint8Array(maxPayload).fill(0x5a);
    const frame = buildFrame({ payload });
    expect(Buffer.compare(encodeMessage({ payload }), frame)).toBe(0);
    expect(Buffer.compare(decodeMessage(frame, service).payload, payload)).toBe(0);
  });
});

test("a message at both limits at once is within them", () => {
  const prelude = buildPrelude(16 + maxHeaders + maxPayload, maxHeaders);
  expect(refuseWhole(prelude, "truncated", service)).toMatchObject({ expected: 25_296_912, received: 12 });
});

test("what is exactly at its limit is not what is wrong with a message", () => {
  const noRoom = refuseAtByte12(buildPrelude(16, 1), "length_relation");
  expect(noRoom).toMatchObject({ offset: 4, expected: 0, received: 1 });

  const total = 16 + maxHeaders + 1;
  const headers = refuseAtByte12(buildPrelude(total, maxHeaders + 1), "too_large", {
    ...service,
    maxMessageBytes: total,
  });
  expect(headers).toMatchObject({ limit: "headers", received: maxHeaders + 1 });

  const payload = refuseAtByte12(buildPrelude(16 + maxHeaders + maxPayload + 1, maxHeaders), "too_large", service);
  expect(payload).toMatchObject({ limit: "payload", received: maxPayload + 1 });
});

describe("format case 18: one byte over the specification's limits", () => {
  const headers = blockOf(maxHeaders + 1);
  const payload = new Uint8Array(maxPayload + 1);

  test("a header block of 131,073 bytes", () => {
    const frame = buildFrame({ headers });
    const message = decodeMessage(frame);
    expect(message.headers.size).toBe(5);
    const error = refuseWhole(frame, "too_large", service);
    expect(error).toMatchObject({ limit: "headers", expected: maxHeaders, received: maxHeaders + 1, offset: 4 });
    refuseAtByte12(frame, "too_large", service);
    expect(() => encodeMessage(message)).toThrow(
      expect.objectContaining({ code: "encode_limit", limit: "headers", expected: maxHeaders }),
    );
    expect(encodeMessage(message, { limits: "wire" })).toEqual(frame);
    // However they are given.
    for (const given of [Object.fromEntries(message.headers), [...message.headers]]) {
      expect(() => encodeMessage({ headers: given })).toThrow(
        expect.objectContaining({ code: "encode_limit", limit: "headers", received: maxHeaders + 1 }),
      );
    }
  });

  test("a payload of 25,165,825 bytes", () => {
    const frame = buildFrame({ payload });
    const message = decodeMessage(frame);
    expect(message.payload.length).toBe(maxPayload + 1);
    const error = refuseWhole(frame, "too_large", service);
    expect(error).toMatchObject({ limit: "payload", expected: maxPayload, received: maxPayload + 1, offset: 0 });
    refuseAtByte12(frame, "too_large", service);
    expect(() => encodeMessage(message)).toThrow(
      expect.objectContaining({ code: "encode_limit", limit: "payload", expected: maxPayload }),
    );
    expect(encodeMessage(message, { limits: "wire" }).length).toBe(frame.length);
  });
});

function valueOf(size: number, type: 6 | 7): Uint8Array {
  return buildFrame({ headers: rawHeader("v", type, size.toString(16).padStart(4, "0") + "61".repeat(size)) });
}

describe("format case 19: string and binary values around 32,767 bytes", () => {
  test.each([6, 7] as const)("wire type %i: 32,767 bytes in both directions", (type) => {
    const frame = valueOf(32_767, type);
    expect(encodeMessage(decodeMessage(frame, { limits: "specification" }))).toEqual(frame);
  });

  test.each([
    [6, 32_768],
    [6, 65_535],
    [7, 32_768],
    [7, 65_535],
  ] as const)(
    "wire type %i: %i bytes are received and relayed, but not by the specification's limits",
    (type, size) => {
      const frame = valueOf(size, type);
      const message = decodeMessage(frame);
      expect(message.headers.get("v")?.value).toHaveLength(size);
      for (const options of [service, { limits: "specification" }] as const) {
        const error = refuseWhole(frame, "value_length", options);
        expect(error).toMatchObject({ header: "v", expected: 32_767, received: size, offset: 15 });
      }
      expect(() => encodeMessage(message)).toThrow(
        expect.objectContaining({
          code: "encode_limit",
          limit: "value",
          header: "v",
          expected: 32_767,
          received: size,
        }),
      );
      expect(encodeMessage(message, { limits: "wire" })).toEqual(frame);
    },
  );

  test("65,536 bytes do not fit the length field", () => {
    for (const value of ["a".repeat(65_536), "é".repeat(32_768), new Uint8Array(65_536)]) {
      expect(() => encodeMessage({ headers: { v: value } }, { limits: "wire" })).toThrow(
        expect.objectContaining({ code: "encode_limit", limit: "value", expected: 65_535, received: 65_536 }),
      );
    }
  });
});

test("the cap on messages is 256 MiB, can be set, and can be lifted", () => {
  const error = refuseWhole(buildPrelude(268_435_457), "too_large");
  expect(error).toMatchObject({ limit: "message", expected: 268_435_456, received: 268_435_457, offset: 0 });
  refuseAtByte12(buildPrelude(268_435_457), "too_large");
  refuseWhole(buildPrelude(268_435_456), "truncated");

  const frame = buildFrame({ payload: new Uint8Array(24) });
  expect(decodeEveryWay(frame, { maxMessageBytes: 40 }).payload).toBe("00".repeat(24));
  expect(refuseEveryWay(frame, "too_large", { maxMessageBytes: 39 })).toMatchObject({ expected: 39, received: 40 });
  refuseWhole(buildPrelude(0xffff_ffff), "truncated", { maxMessageBytes: Infinity });
  expect(refuseWhole(buildFrame(), "too_large", { maxMessageBytes: 0 })).toMatchObject({
    expected: 0,
    received: 16,
  });
});

test("a message longer than its length field can say is not encoded", () => {
  // Says that it is 4 GiB long, so that nobody has to have them.
  const payload = Object.defineProperty(new Uint8Array(), "length", { value: 2 ** 32 - 16, configurable: true });
  expect(encodedLength({ payload: new Uint8Array(8) }, { limits: "wire" })).toBe(24);
  expect(thrownBy(() => encodedLength({ payload }, { limits: "wire" }))).toMatchObject({
    code: "encode_limit",
    limit: "message",
    expected: 2 ** 32 - 1,
    received: 2 ** 32,
  });
  Object.defineProperty(payload, "length", { value: 2 ** 32 - 17 });
  expect(encodedLength({ payload }, { limits: "wire" })).toBe(2 ** 32 - 1);
});

test("memory that cannot be had is a typed error", () => {
  const poor = new Proxy(Uint8Array, {
    construct(target, args: readonly unknown[]) {
      if (typeof args[0] === "number" && args[0] > 1_000_000) throw new RangeError("Array buffer allocation failed");
      return Reflect.construct(target, args) as object;
    },
  });
  const chunks = [buildPrelude(2 ** 31), new Uint8Array(2_000_000)];
  const payload = new Uint8Array(2_000_000);
  vi.stubGlobal("Uint8Array", poor);
  try {
    const decoder = new MessageDecoder({ maxMessageBytes: Infinity });
    decoder.push(chunks[0]!);
    const batch = decoder.push(chunks[1]!);
    const seen: unknown[] = [];
    const error = thrownBy(() => {
      for (const message of batch) seen.push(message);
    });
    expect(seen).toEqual([]);
    expect(error).toMatchObject({
      code: "too_large",
      limit: "message",
      received: 2 ** 31,
      cause: expect.any(RangeError),
    });
    expect(thrownBy(() => decoder.finish())).toBe(error);
    expect(thrownBy(() => encodeMessage({ payload }))).toMatchObject({
      code: "encode_limit",
      cause: expect.any(RangeError),
    });
    // As long as a message may be, wherever in a batch it is.
    Object.defineProperty(payload, "length", { value: 2 ** 32 - 17 });
    expect(thrownBy(() => encodeMessages([{}, { payload }], { limits: "wire" }))).toMatchObject({
      code: "encode_limit",
      cause: expect.any(RangeError),
    });
  } finally {
    vi.unstubAllGlobals();
  }
});

test("the role only picks the default of limits", () => {
  const frame = buildFrame({ headers: blockOf(maxHeaders + 1) });
  expect(decodeMessage(frame, { role: "service", limits: "wire" }).headers.size).toBe(5);
  refuseWhole(frame, "too_large", { role: "client", limits: "specification" });
});

test.each([
  ["role", "server"],
  ["limits", "strict"],
  ["limits", "__proto__"],
  ["payload", "views"],
  ["maxMessageBytes", Number.NaN],
  ["maxMessageBytes", -1],
  ["maxMessageBytes", "1024"],
])("an option that is none is refused, not ignored: %s %s", (name, value) => {
  const options = { [name]: value } as DecodeOptions;
  const refused = expect.objectContaining({
    code: "invalid_argument",
    message: expect.stringContaining(name) as string,
  });
  expect(() => decodeMessage(buildFrame(), options)).toThrow(refused);
  expect(() => new MessageDecoder(options)).toThrow(refused);
});

test("a splitter checks its options too", () => {
  expect(() => new FrameSplitter({ maxMessageBytes: Number.NaN })).toThrow(
    expect.objectContaining({ code: "invalid_argument" }),
  );
});
