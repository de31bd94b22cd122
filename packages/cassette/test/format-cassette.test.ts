import type { Cassette, Exchange, Item } from "@eventstream-kit/cassette";
import {
  endOf,
  formatCassette,
  formatExchange,
  itemFromLine,
  itemLine,
  parseCassette,
} from "@eventstream-kit/cassette";
import { byte, decodeMessage, int32, long, short, timestamp, uuid } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "./support/bytes.ts";
import { cassetteOf, eventStream, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame, duplicateFrame, frame, spoilt } from "./support/frames.ts";
import { thrown } from "./support/thrown.ts";

const everyHeader = frame(
  [
    ["yes", true],
    ["no", false],
    ["byte", byte(-128)],
    ["short", short(32_767)],
    ["integer", int32(-2_147_483_648)],
    ["long", long(9_007_199_254_740_993n)],
    ["binary", Uint8Array.of(0, 255)],
    ["string", "ü\u0000\u{1F600}"],
    ["timestamp", timestamp(-1n)],
    ["uuid", uuid("01234567-89ab-cdef-0123-456789abcdef")],
    ["__proto__", "harmless"],
  ],
  '{"a":1}',
);

/** An exchange of each sort, as a recorder makes them. */
function everyKind(): Cassette {
  const meta = { zebra: { b: 1, a: [1] }, region: "eu-west-1", recorder: "eventstream/0.1.0", http: "1.1" };
  const headers = [
    ["X-Amzn-RequestId", "f5d2a6d0-1d4f-4b0c-a1f2-3e4d5c6b7a89"],
    ["Date", "now"],
  ] as const;
  return cassetteOf(
    [
      recorded([chunkFrame("Hel"), chunkFrame("lo"), completeFrame()], {
        request: requestOf({ body: '{"topic":"streams"}', headers: [["Content-Type", "application/json"]] }),
        headers: [eventStream, ...headers],
        options: { meta },
      }),
      recorded([everyHeader, frame([], ""), frame([[":event-type", "e"]], "\u{feff}bom")], {
        request: requestOf({ body: "plain text" }),
      }),
      recorded([concat(duplicateFrame(), chunkFrame("again"), spoilt(chunkFrame("x"), 9))], {
        request: requestOf({ body: Uint8Array.of(0xff) }),
        how: "reset",
      }),
      recorded([utf8('{"Message":"Rate exceeded"}')], {
        status: 429,
        headers: [
          ["Content-Type", "application/json"],
          ["Content-Length", "27"],
          ["x-amzn-ErrorType", "TooManyRequestsException"],
        ],
      }),
      recorded([Uint8Array.of(0x1f, 0x8b, 0x08)], { headers: [eventStream, ["Content-Encoding", "gzip"]] }),
    ],
    { title: "every kind of line", origin: "synthetic" },
  );
}

/** The lines of a stream recorded on a day when chunks came so far apart. */
function linesOf(payloads: readonly string[], gap: number): string[] {
  let time = 0;
  const exchange = recorded(payloads.map(chunkFrame), {
    options: { now: () => (time += gap), meta: { recordedAt: `day ${String(gap)}` } },
  });
  return formatCassette(cassetteOf([exchange]))
    .trimEnd()
    .split("\n");
}

/** The kinds of the lines that differ. */
function changes(a: readonly string[], b: readonly string[]): string[] {
  expect(a).toHaveLength(b.length);
  return a.filter((line, index) => line !== b[index]).map((line) => (JSON.parse(line) as { k: string }).k);
}

/** How many chunks each timing line has of an exchange of so many. */
function lengths(count: number): number[] {
  const exchange = recorded(Array.from({ length: count }, (_, index) => chunkFrame(String(index))));
  const text = formatCassette(cassetteOf([exchange]));
  expect(parseCassette(text).exchanges).toEqual([exchange]);
  const lines = text.split("\n").filter((line) => line.startsWith('{"k":"timing"'));
  return lines.map((line) => (JSON.parse(line) as { chunks: unknown[] }).chunks.length);
}

function circle(): unknown {
  const value: unknown[] = [];
  value.push(value);
  return value;
}

test("every kind of line, as it is in the golden file", async () => {
  await expect(formatCassette(everyKind())).toMatchFileSnapshot("golden/every-kind.cassette.jsonl");
});

test("equal cassettes are equal text, whatever the order of their members", () => {
  const backwards = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array || Symbol.iterator in value) {
      return Array.isArray(value) ? value.map(backwards) : value;
    }
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([name, inner]) => [name, backwards(inner)]),
    );
  };
  expect(formatCassette(backwards(everyKind()) as Cassette)).toBe(formatCassette(everyKind()));
});

test("record case 24: a stream recorded again changes two lines, a changed payload one more and the end", () => {
  const first = linesOf(["one", "two", "three"], 10);
  expect(changes(first, linesOf(["one", "two", "three"], 12.3))).toEqual(["timing", "meta"]);
  expect(changes(first, linesOf(["one", "TWO!", "three"], 12.3))).toEqual(["frame", "end", "timing", "meta"]);
});

test("timing goes on a new line every 64 chunks", () => {
  expect(lengths(1)).toEqual([1]);
  expect(lengths(64)).toEqual([64]);
  expect(lengths(65)).toEqual([64, 1]);
  expect(lengths(200)).toEqual([64, 64, 64, 8]);
});

test("exchanges can be added to the end of a text", () => {
  const [first, ...others] = everyKind().exchanges;
  const { header } = everyKind();
  const text = formatCassette({ header, exchanges: [first!] }) + others.map(formatExchange).join("");
  expect(text).toBe(formatCassette(everyKind()));
});

describe("what cannot be written", () => {
  const [exchange] = everyKind().exchanges as [Exchange];

  test("a line of more than 1 MiB", () => {
    const item: Item = { kind: "frame", message: decodeMessage(chunkFrame("x".repeat(1_048_576))) };
    const exchanges = [{ ...exchange, items: [item], end: endOf([item]) }];
    expect(thrown(() => formatCassette(cassetteOf(exchanges))).code).toBe("line_length");
    const request = { ...exchange.request, body: new Uint8Array(1_048_576) };
    expect(thrown(() => formatExchange({ ...exchange, request })).code).toBe("line_length");
  });

  test.each([
    ["a bigint", 1n],
    ["a circle", circle()],
  ])("%s in meta", (_, value) => {
    const error = thrown(() => formatExchange({ ...exchange, meta: { value } }));
    expect([error.code, error.field]).toEqual(["field", "meta"]);
  });
});

describe("one line", () => {
  const line = '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"Hello"}';

  test("becomes an item and the same line again", () => {
    const item = itemFromLine(line);
    expect(item).toMatchObject({ kind: "frame" });
    expect(itemLine(item)).toBe(line);
  });

  test.each([
    ["of another kind", '{"k":"end"}', "field", "k"],
    ["of an unknown kind", '{"k":"fram"}', "field", "k"],
    ["without a kind", '{"event":"e"}', "field", "k"],
    ["that is no JSON", "frame", "syntax", undefined],
    ["that is blank", "", "syntax", undefined],
  ])("%s is refused with the number given", (_, text, code, field) => {
    const error = thrown(() => itemFromLine(text, 12));
    expect({ code: error.code, line: error.line, field: error.field }).toEqual({ code, line: 12, field });
  });
});
