import type { DecodeErrorCode } from "@eventstream-kit/codec";
import { decodeMessage, encodeMessage, EventStreamError, FrameSplitter, MessageDecoder } from "@eventstream-kit/codec";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { buildFrame, buildPrelude, rawHeader } from "./support/build-frame.ts";
import { concat, hex, utf8 } from "./support/bytes.ts";
import { refuseAtByte12, refuseEveryWay, refuseWhole } from "./support/every-way.ts";
import { thrownBy } from "./support/thrown.ts";
import { countWork } from "./support/work.ts";

// Every frame here has right checksums: it is the checks behind them that are tested.

const MiB = 1024 * 1024;

test("format case 30: a name of zero bytes", () => {
  const error = refuseEveryWay(hex("0000001200000002910c7aa700007bc1361e"), "header_name_empty");
  expect(error.offset).toBe(12);
  expect(error).not.toHaveProperty("header");
  expect(error.message).toContain("in a header, its name has 0 bytes");
  for (const headers of [{ "": "x" }, [["", true]]] as const) {
    expect(() => encodeMessage({ headers: headers as Record<string, string> })).toThrow(
      expect.objectContaining({ code: "encode_limit", limit: "name", received: 0 }),
    );
  }
});

test("format case 31: two headers of one name", () => {
  const error = refuseEveryWay(hex("000000160000000663e1187e016100016101888f689f"), "header_duplicate");
  expect(error).toMatchObject({ offset: 16, header: "a" });
  expect(() => {
    encodeMessage({
      headers: [
        ["a", true],
        ["a", false],
      ],
    });
  }).toThrow(expect.objectContaining({ code: "encode_duplicate", header: "a" }));
});

describe("format case 32: a type beyond the ten", () => {
  test.each([
    [10, "0000001300000003db6b638101610affab9622"],
    [255, "0000001300000003db6b63810161ff327c90b1"],
  ])("%i", (type, bytes) => {
    const error = refuseEveryWay(hex(bytes), "header_type");
    expect(error).toMatchObject({ offset: 14, header: "a", received: type });
    expect(error.message).toContain(`type is ${type}`);
  });
});

describe("format case 33: bytes that are not UTF-8", () => {
  test.each([
    ["a name ff fe", "0000001400000004f72f2a3202fffe00eaca7fd0", 13],
    ["a value c3 28", "0000001700000007298601580161070002c3283325216d", 17],
    ["an overlong c0 80", "0000001700000007298601580161070002c080c0055974", 17],
    ["a surrogate ed a0 80", "00000018000000083b698b180161070003eda080ef161288", 17],
  ])("%s", (_, bytes, offset) => {
    expect(refuseEveryWay(hex(bytes), "header_utf8")).toMatchObject({ offset });
  });
});

test("format case 34: a string that runs on into the payload", () => {
  const error = refuseEveryWay(hex("0000001f0000000719f64a99016107000578795041594c4f414421bded74a6"), "header_overrun");
  expect(error).toMatchObject({ header: "a", offset: 17, expected: 2, received: 5 });
  expect(inspect(error)).not.toContain("xyPAY");
});

test("format case 35: a value that runs out of the message tells nothing of what lies there", () => {
  const secret = "AKIDEXAMPLE/SECRET";
  for (const type of [6, 7]) {
    const frame = buildFrame({ headers: rawHeader("a", type, "0040"), payload: utf8("pay") });
    const around = concat(utf8(secret.repeat(3)).subarray(0, 10), frame, utf8(secret.repeat(20)));
    const view = around.subarray(10, 10 + frame.length);
    const error = refuseEveryWay(view, "header_overrun");
    const errors = [error, thrownBy(() => decodeMessage(view, { payload: "view" }))];
    for (const shown of errors) {
      expect(shown).toBeInstanceOf(EventStreamError);
      expect(`${inspect(shown, { depth: 9, showHidden: true })}${JSON.stringify(shown)}`).not.toMatch(
        /AKID|SECRET|pay/,
      );
    }
  }
});

describe("format case 36: values that run over the end of the header block", () => {
  test.each([
    ["a name", "00000023000000037a4adb070961625041594c4f4144215041594c4f414421d9165a39", 13],
    ["an int32", "0000001d000000058d3878d501610400005041594c4f414421200cc459", 15],
    ["a UUID", "0000002d000000052c19c053016109000050505050505050505050505050505050505050505050505076fff81c", 15],
  ])("%s", (_, bytes, offset) => {
    expect(refuseEveryWay(hex(bytes), "header_overrun")).toMatchObject({ offset });
  });

  test.each([
    ["byte", 2, 0],
    ["short", 3, 1],
    ["integer", 4, 3],
    ["long", 5, 7],
    ["binary", 6, 1],
    ["string", 7, 1],
    ["timestamp", 8, 7],
    ["uuid", 9, 15],
  ])("a %s one byte short", (_, type, present) => {
    const frame = buildFrame({ headers: rawHeader("a", type, "00".repeat(present)), payload: new Uint8Array(40) });
    expect(refuseEveryWay(frame, "header_overrun")).toMatchObject({ offset: 15, header: "a", expected: present });
  });
});

describe("format case 37: header blocks that end too early", () => {
  const tooShort: readonly [string, string, DecodeErrorCode, number][] = [
    ["after a name's length", "0000001c00000004c75f61f3016100055041594c4f4144216428797f", "header_overrun", 16],
    ["after a name's length of 0", "00000019000000017fd51a0c005041594c4f4144216edea33b", "header_name_empty", 12],
    ["before the type", "0000001200000002910c7aa70161586f5691", "header_overrun", 14],
    ["inside a value's length", "0000001400000004f72f2a3201610700ca8c1f30", "header_overrun", 15],
  ];
  test.each(tooShort)("%s", (_, bytes, code, offset) => {
    expect(refuseEveryWay(hex(bytes), code)).toMatchObject({ offset });
  });

  test("a header without a name is not called by the name before it", () => {
    const [, bytes] = tooShort[0]!;
    expect(refuseWhole(hex(bytes), "header_overrun")).not.toHaveProperty("header");
  });
});

describe("format case 38: a header block longer than its message is refused at byte 12", () => {
  test.each([
    ["100 bytes in a message of 19", "000000130000006408bd977a616263c08eff4e", 100],
    ["two bytes into the checksum", "00000013000000053208c6b4616263093a58ff", 5],
  ])("%s", (_, text, received) => {
    const bytes = hex(text);
    const error = refuseEveryWay(bytes, "length_relation");
    expect(error).toMatchObject({ offset: 4, expected: 3, received });
    refuseAtByte12(bytes, "length_relation");
  });
});

describe("format case 39: a total length below 16 is refused at byte 12", () => {
  test.each([
    [0, "00000000000000006522df69"],
    [12, "0000000c00000000a0d23268"],
    [15, "0000000f00000000e77248b8"],
  ])("%i", (received, text) => {
    const bytes = hex(text);
    expect(refuseEveryWay(bytes, "length_relation")).toMatchObject({ offset: 0, expected: 16, received });
    refuseAtByte12(bytes, "length_relation");
  });

  test("each of 0 to 15", () => {
    for (let total = 0; total < 16; total++) {
      expect(refuseAtByte12(buildPrelude(total), "length_relation")).toMatchObject({ expected: 16, received: total });
    }
  });
});

describe("format case 40: a total length of 4 GiB", () => {
  const prelude = hex("fffffff0000000007daf682e");

  test("is refused under the default cap, at byte 12", () => {
    refuseAtByte12(prelude, "too_large");
    expect(refuseWhole(prelude, "too_large")).toMatchObject({ limit: "message", received: 0xffff_fff0, offset: 0 });
  });

  test.each([
    ["decoder", () => new MessageDecoder({ maxMessageBytes: Infinity })],
    ["splitter", () => new FrameSplitter({ maxMessageBytes: Infinity })],
  ])("without a cap, a %s takes memory as bytes come, not as they are announced", (_, make) => {
    const stream = make();
    const before = process.memoryUsage().arrayBuffers;
    const push = (bytes: Uint8Array) => countWork(() => expect([...stream.push(bytes)]).toEqual([])).allocatedBytes;
    let received = prelude.length;
    let allocated = push(prelude);
    expect(allocated).toBeLessThanOrEqual(MiB + 64);
    for (let count = 0; count < 128; count++) {
      allocated += push(new Uint8Array(64 * 1024));
      received += 64 * 1024;
      // One buffer replaces another of half its size: all of them together are under twice the last.
      expect(allocated).toBeLessThanOrEqual(Math.max(2 * MiB, 4 * received));
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(2 * MiB + 5 * received);
    }
    expect(() => stream.finish()).toThrow(
      expect.objectContaining({ code: "truncated", expected: 0xffff_fff0, received }),
    );
  });
});

test("format case 41: four bytes that announce 1 GiB cost next to nothing", () => {
  for (const stream of [new MessageDecoder({ maxMessageBytes: Infinity }), new FrameSplitter()]) {
    const before = process.memoryUsage().arrayBuffers;
    const work = countWork(() => expect([...stream.push(hex("40000000"))]).toEqual([]));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024);
    expect(work.allocatedBytes).toBeLessThan(1024);
    expect(() => stream.finish()).toThrow(expect.objectContaining({ code: "truncated", expected: 12, received: 4 }));
  }
});
