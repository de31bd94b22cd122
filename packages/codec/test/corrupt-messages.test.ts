import { EventStreamError, MessageDecoder } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { buildFrame, rawHeader } from "./support/build-frame.ts";
import { concat, hex, toHex } from "./support/bytes.ts";
import { refuseAtByte12, refuseEveryWay, refuseWhole } from "./support/every-way.ts";
import { listVectors, needsVectors, readVector } from "./support/third-party.ts";
import { thrownBy } from "./support/thrown.ts";
import { ownVectors } from "./support/vectors.ts";

/** Flips every bit of a frame, one at a time: the first twelve bytes fail the prelude's checksum, the others the message's. */
function refuseEveryFlip(bytes: Uint8Array): number {
  const flipped = bytes.slice();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const mask = 1 << (bit % 8);
    flipped[bit >> 3]! ^= mask;
    refuseWhole(flipped, bit < 96 ? "prelude_crc" : "message_crc");
    flipped[bit >> 3]! ^= mask;
  }
  expect(toHex(flipped)).toBe(toHex(bytes));
  return 8 * bytes.length;
}

describe("format case 42: any single bit flipped", () => {
  test("in this project's valid messages", () => {
    const flips = ownVectors("valid").map(({ bytes }) => refuseEveryFlip(bytes));
    expect(flips.length).toBeGreaterThan(5);
  });

  test("in the standard set's positive messages", (context) => {
    needsVectors(context);
    const names = listVectors("standard", "encoded", "positive");
    const flips = names.map((name) => refuseEveryFlip(readVector("standard", "encoded", "positive", name)));
    expect(flips.reduce((sum, count) => sum + count)).toBe(8 * 355);
  });
});

test("any single bit flipped in the Rust set's valid messages", (context) => {
  needsVectors(context);
  const names = listVectors("smithy-rs").filter((name) => name.startsWith("valid_"));
  const flips = names.map((name) => refuseEveryFlip(readVector("smithy-rs", name)));
  expect(flips).toHaveLength(3);
});

test("format case 43: a wrong prelude checksum is found at byte 12, whatever length it announces", () => {
  for (const total of [16, 1_000, 1_000_000]) {
    const bytes = buildFrame({ totalLength: total, preludeCrc: 0xdeadbeef });
    refuseAtByte12(bytes, "prelude_crc");
    expect(refuseEveryWay(bytes, "prelude_crc")).toMatchObject({ offset: 8, received: 0xdeadbeef });
  }
});

test("format case 44: with a wrong message checksum the headers are not looked at", () => {
  const headers = concat(rawHeader("a", 99), Uint8Array.of(0, 255, 255));
  refuseEveryWay(buildFrame({ headers }), "header_type");
  const error = refuseEveryWay(buildFrame({ headers, messageCrc: 1 }), "message_crc");
  expect(error).toMatchObject({ offset: 18, received: 1 });
  expect(error.header).toBeUndefined();
});

const good = buildFrame({ payload: hex("aa") });
const bad = buildFrame({ payload: hex("bb"), messageCrc: 0 });

test("format case 45: after a bad message nothing is delivered, and every call throws the one error", () => {
  const decoder = new MessageDecoder();
  const batch = decoder.push(concat(bad, good));
  const error = thrownBy(() => [...batch]);
  expect(error).toBeInstanceOf(EventStreamError);
  expect(error).toMatchObject({ code: "message_crc", messageIndex: 0 });
  for (const again of [() => [...batch], () => decoder.push(good), () => decoder.finish(), () => decoder.finish()]) {
    expect(thrownBy(again)).toBe(error);
  }
  // Nobody has to look for the decoder to know.
  const unread = new MessageDecoder();
  unread.push(bad);
  expect(thrownBy(() => unread.finish())).toMatchObject({ code: "message_crc" });
});

test("format case 46: good messages before a bad one are delivered first", () => {
  const decoder = new MessageDecoder();
  const payloads: string[] = [];
  const error = thrownBy(() => {
    for (const { payload } of decoder.push(concat(good, good, bad, good))) payloads.push(toHex(payload));
  });
  expect(payloads).toEqual(["aa", "aa"]);
  expect(error).toMatchObject({ code: "message_crc", messageIndex: 2, offset: 2 * good.length + 13 });
  expect(thrownBy(() => decoder.push(good))).toBe(error);
});

describe("format case 47: invalid messages of other implementations", () => {
  test("the Rust set", (context) => {
    needsVectors(context);
    const names = listVectors("smithy-rs").filter((name) => name.startsWith("invalid_"));
    const codes = names.map((name) => {
      const bytes = readVector("smithy-rs", name);
      const error = thrownBy(() => {
        const decoder = new MessageDecoder();
        const messages = [...decoder.push(bytes)];
        expect(messages).toEqual([]);
        decoder.finish();
      });
      expect(error).toBeInstanceOf(EventStreamError);
      return [name, (error as EventStreamError).code];
    });
    expect(Object.fromEntries(codes)).toEqual({
      invalid_header_name_length: "message_crc",
      invalid_header_name_length_too_long: "message_crc",
      invalid_header_string_length_cut_off: "message_crc",
      invalid_header_string_value_length: "message_crc",
      invalid_header_value_type: "message_crc",
      invalid_headers_length: "length_relation",
      invalid_message_checksum: "message_crc",
      invalid_prelude_checksum: "prelude_crc",
    });
    // This one is 123 bytes long, though its prelude says 93.
    refuseWhole(readVector("smithy-rs", "invalid_header_name_length_too_long"), "trailing_bytes");
  });

  test("this project's own, with right checksums where the fault is another", () => {
    const refused = ownVectors("refused");
    for (const { bytes, code } of refused) refuseEveryWay(bytes, code);
    expect(new Set(refused.map(({ code }) => code))).toEqual(
      new Set([
        "prelude_crc",
        "message_crc",
        "length_relation",
        "header_overrun",
        "header_type",
        "header_name_empty",
        "header_duplicate",
        "header_utf8",
      ]),
    );
  });
});
