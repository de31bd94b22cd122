import type { HeaderInput } from "@eventstream-kit/codec";
import { byte, decodeMessage, encodeMessage, encodeMessages, long, timestamp, uuid } from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { FrameWriter } from "../src/frame-writer.ts";
import { sizeLimits } from "../src/limits.ts";
import { toHex } from "./support/bytes.ts";
import { plain } from "./support/plain.ts";
import { thrownBy } from "./support/thrown.ts";

type HeaderRecord = Readonly<Record<string, HeaderInput>>;

/** So often that everything that is remembered has been, and used. */
const often = 5;

function encoded(headers: HeaderRecord, payload = "payload"): string {
  return toHex(encodeMessage({ headers, payload }));
}

/** In a form of which nothing is remembered. */
function written(headers: HeaderRecord, payload = "payload"): string {
  return toHex(encodeMessage({ headers: Object.entries(headers), payload }));
}

function encodeOften(headers: HeaderRecord): void {
  for (let i = 0; i < often; i++) encoded(headers);
}

/** Writes a record, and tells whether its block was known in advance: by an encoder that has written nothing yet. */
async function freshEncoder(): Promise<(record: HeaderRecord) => boolean> {
  vi.resetModules();
  const { writeHeaders } = await import("../src/write-headers.ts");
  return (record) => writeHeaders(new FrameWriter(), record, sizeLimits("wire")) !== undefined;
}

const event = { ":event-type": "chunk", ":content-type": "application/json", ":message-type": "event" };

describe("records that come again and again", () => {
  test("are written as they were the first time", () => {
    const expected = written(event);
    for (let i = 0; i < often; i++) expect(encoded({ ...event })).toBe(expected);
    expect(plain(decodeMessage(encodeMessage({ headers: event }))).headers).toEqual([
      [":event-type", "string", "chunk"],
      [":content-type", "string", "application/json"],
      [":message-type", "string", "event"],
    ]);
  });

  test("are told from all that begin alike, end earlier, go on, or have one other name, type or value", () => {
    const known: HeaderRecord = { a: "1", b: byte(1), c: { type: "long", value: 1n }, d: "4" };
    encodeOften(known);
    const others: readonly HeaderRecord[] = [
      {},
      { a: "1" },
      { a: "1", b: byte(1), c: long(1) },
      { a: "1", b: byte(1), c: long(1), d: "4", e: "5" },
      { b: byte(1), a: "1", c: long(1), d: "4" },
      { a: "2", b: byte(1), c: long(1), d: "4" },
      { A: "1", b: byte(1), c: long(1), d: "4" },
      { a: "1", b: { type: "short", value: 1 }, c: long(1), d: "4" },
      { a: "1", b: byte(1), c: timestamp(1), d: "4" },
      { a: "1", b: byte(1), c: long(1), d: "5" },
      { a: "1", b: byte(1), c: long(1), d: new Uint8Array([0x34]) },
      { a: "1", b: byte(1), c: long(1), d: true },
    ];
    for (let round = 0; round < often; round++) {
      for (const other of others) {
        expect(encoded(other)).toBe(written(other));
        expect(encoded(known)).toBe(written(known));
      }
    }
  });

  test("of several kinds, in any order, with anything between", () => {
    const value = fc.constantFrom<HeaderInput>(
      "x",
      "y",
      byte(1),
      long(1),
      true,
      1n,
      uuid("0".repeat(8) + "-0000-0000-0000-" + "0".repeat(12)),
    );
    const record = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), value, { noNullPrototype: true });
    const kinds = fc.array(record, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(kinds, fc.array(fc.nat(11), { maxLength: 60 }), (pool, order) => {
        const records = order.map((i) => pool[i % pool.length]!);
        for (const headers of records) expect(encoded({ ...headers })).toBe(written(headers));
        const batch = encodeMessages(records.map((headers) => ({ headers })));
        const pairs = records.map((headers) => ({ headers: Object.entries(headers) }));
        expect(toHex(batch)).toBe(toHex(encodeMessages(pairs)));
      }),
      { numRuns: 200 },
    );
  });

  test("are known from the third time on", async () => {
    const isKnown = await freshEncoder();
    const times = Array.from({ length: 6 }, () => isKnown({ ...event, n: byte(1) }));
    expect(times).toEqual([false, false, true, true, true, true]);
  });

  test("are all known, when they take turns", async () => {
    const isKnown = await freshEncoder();
    const kinds: HeaderRecord[] = [0, 1, 2, 3].map((i) => ({
      ":message-type": "event",
      ":event-type": `turn ${i}`,
      last: i > 1 ? "l" : "m",
    }));
    // One that ends where another one goes on is one of them.
    kinds.push({ ":message-type": "event", ":event-type": "turn 1" });
    for (let round = 0; round < often; round++) {
      expect(kinds.map((kind) => isKnown({ ...kind }))).toEqual(kinds.map(() => round > 1));
    }
  });
});

describe("what is known is no excuse", () => {
  const known = { name: { type: "string", value: "text" }, n: { type: "long", value: 5n } } as const;

  test("for reading a value twice", () => {
    encodeOften(known);
    let reads = 0;
    const counting = {
      get name() {
        reads += 1;
        return {
          get type() {
            reads += 10;
            return "string" as const;
          },
          get value() {
            reads += 100;
            return "text";
          },
        };
      },
      n: long(6),
    };
    expect(encoded(counting)).toBe(written({ ...known, n: long(6) }));
    expect(reads).toBe(111);
  });

  test("for writing what has changed", () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const date = new Date(1000);
    const headers = { id: "changing", bytes, typed: { type: "binary", value: bytes } as const, date };
    encodeOften(headers);
    const before = encoded(headers);
    bytes[0] = 9;
    expect(encoded(headers)).toBe(written(headers));
    date.setTime(2000);
    expect(encoded(headers)).toBe(written(headers));
    expect(encoded(headers)).not.toBe(before);
    const stamp = { at: { type: "timestamp", value: date as never } } as const;
    encodeOften(stamp);
    date.setTime(3000);
    expect(encoded(stamp)).toBe(written({ at: timestamp(3000) }));
  });

  test("for taking what would be refused", () => {
    encodeOften({ n: 5n });
    encodeOften({ n: { type: "long", value: 5 } });
    for (const n of [{ type: "bigint", value: 5n }, 5, { type: undefined, value: 5n }, null, undefined]) {
      expect(thrownBy(() => encoded({ n: n as never }))).toMatchObject({ code: "encode_type", header: "n" });
    }
  });

  test("for taking a Date or bytes with other members for a typed value", () => {
    encodeOften(known);
    for (const value of [new Date(7), new Uint8Array(3)]) {
      const odd = { name: Object.assign(value, known.name), n: known.n };
      expect(encoded(odd)).toBe(written(odd));
      expect(decodeMessage(encodeMessage({ headers: odd })).headers.get("name")?.type).not.toBe("string");
    }
  });

  test("for writing what is inherited, or leaving out what is not", () => {
    encodeOften(known);
    expect(encoded(Object.create(known) as HeaderRecord)).toBe(written({}));
    const half = Object.assign(Object.create({ n: known.n }) as HeaderRecord, { name: known.name });
    expect(encoded(half)).toBe(written({ name: known.name }));
    const bare = Object.assign(Object.create(null) as HeaderRecord, known);
    expect(encoded(bare)).toBe(written(known));
    const hidden = Object.defineProperty({ ...known }, "n", { enumerable: false });
    expect(encoded(hidden)).toBe(written({ name: known.name }));
  });

  test("for the limits, and for calls from within", () => {
    encodeOften(known);
    const over = { ...known, over: "x".repeat(32_768) };
    expect(thrownBy(() => encoded(over))).toMatchObject({ code: "encode_limit", header: "over" });
    const inner = { ...known, inner: "1" };
    const outer = {
      ...known,
      get outer() {
        encodeOften(inner);
        return "2";
      },
    };
    expect(encoded(outer)).toBe(written({ ...known, outer: "2" }));
    expect(encoded(inner)).toBe(written(inner));
  });
});

function unique(i: number): HeaderRecord {
  return { name: "unique", id: `${i}` };
}

describe("what does not repeat", () => {
  test("is not kept, and what is known is not displaced by it", async () => {
    const isKnown = await freshEncoder();
    for (let i = 0; i < 3; i++) isKnown(event);
    for (let i = 0; i < 2000; i++) expect(isKnown(unique(i))).toBe(false);
    expect(isKnown(event)).toBe(true);
  });

  test("is looked for less and less, until something does", async () => {
    const isKnown = await freshEncoder();
    const timesOf = (record: HeaderRecord) => {
      let times = 1;
      while (times < 5000 && !isKnown(record)) times += 1;
      return times;
    };
    for (let i = 0; i < 10; i++) isKnown(unique(i));
    expect(timesOf({ name: "after a few" })).toBe(3);
    for (let i = 0; i < 5000; i++) isKnown(unique(i));
    const times = timesOf({ name: "after many" });
    expect(times).toBeGreaterThan(10);
    expect(times).toBeLessThan(3000);
    for (let i = 0; i < often; i++) expect(isKnown({ name: "after many" })).toBe(true);
  });

  test("is written all the same when reading it has others written, which are looked for again", async () => {
    const isKnown = await freshEncoder();
    for (let i = 0; i < 100; i++) {
      const record = {
        get name() {
          isKnown(unique(i));
          return `outer ${i}`;
        },
      };
      expect(isKnown(record)).toBe(false);
    }
  });

  test("and what can change, or is large, is written each time", async () => {
    const isKnown = await freshEncoder();
    const fits = { name: "x".repeat(1024 - 8) };
    for (const record of [
      { name: "x".repeat(1024 - 7) },
      { id: "1", bytes: new Uint8Array(3) },
      { id: "1", bytes: { type: "binary", value: new Uint8Array(3) } as const },
      { id: "1", date: new Date(0) },
      { id: "1", flag: true },
    ]) {
      for (let i = 0; i < 3; i++) expect(isKnown(record)).toBe(false);
    }
    expect([isKnown(fits), isKnown(fits), isKnown(fits)]).toEqual([false, false, true]);
  });
});
