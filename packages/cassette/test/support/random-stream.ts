import { encodeMessage } from "@eventstream-kit/codec";
import type { HeaderValue } from "@eventstream-kit/codec";
import { concat, utf8 } from "./bytes.ts";
import { duplicateFrame, frameAround, spoilt, wireHeader } from "./frames.ts";

/** Whole numbers from 0 below `limit`, at most 2^24, the same ones for the same seed: a linear congruential generator. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits have short periods.
    return (state >>> 8) % limit;
  };
}

type Random = ReturnType<typeof randomFrom>;

/** Texts that a notation might get wrong. */
const texts = [
  "",
  "plain",
  "\u{feff}after a byte order mark",
  "a\u0000b",
  "\u2028\u2029",
  "ü\u{1F600}\u007f",
  '{"a": 1.0}',
  '{"10":1,"2":2}',
  '{"a":1,"a":2}',
  "9007199254740993",
  "-0",
  "1e400",
  '"\\ud800"',
  '"\\u00e9"',
  '{"__proto__":{"x":1}}',
  '{"bytes":{"$b64json":{}}}',
  '{"a":[1,"two",null,true]}',
  " 1",
  "1\n",
  "null",
];

function bytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

function int64(random: Random): bigint {
  const edges = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 9_007_199_254_740_993n];
  return edges[random(edges.length + 3)] ?? BigInt.asIntN(64, new DataView(bytes(random, 8).buffer).getBigInt64(0));
}

function headerValue(random: Random): HeaderValue {
  switch (random(9)) {
    case 0:
      return { type: "boolean", value: random(2) === 0 };
    case 1:
      return { type: "byte", value: random(256) - 128 };
    case 2:
      return { type: "short", value: random(65_536) - 32_768 };
    case 3:
      return { type: "integer", value: (random(65_536) - 32_768) * 65_536 + random(65_536) };
    case 4:
      return { type: "long", value: int64(random) };
    case 5:
      return { type: "binary", value: bytes(random, random(20)) };
    case 6:
      return { type: "timestamp", value: int64(random) };
    case 7: {
      const digits = Buffer.from(bytes(random, 16)).toString("hex");
      return { type: "uuid", value: digits.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") };
    }
    default:
      return { type: "string", value: texts[random(texts.length)]! };
  }
}

function payload(random: Random): Uint8Array {
  switch (random(4)) {
    case 0:
      return new Uint8Array();
    case 1:
      return bytes(random, random(60));
    case 2:
      return utf8(JSON.stringify({ n: random(1000), p: "abcdefgh".slice(random(8)) }));
    default:
      return utf8(texts[random(texts.length)]!);
  }
}

const names = [
  "a",
  "__proto__",
  "constructor",
  "7",
  ":event-type",
  ":message-type",
  "n".repeat(255),
  "ü".repeat(127),
  "\u0000",
];

function validFrame(random: Random): Uint8Array {
  if (random(3) === 0) {
    const event: [string, string][] = [
      [":event-type", "chunk"],
      [":content-type", "application/json"],
      [":message-type", "event"],
    ];
    return encodeMessage({ headers: event, payload: payload(random) });
  }
  const headers = new Map<string, HeaderValue>();
  for (let left = random(5); left > 0; left--) headers.set(names[random(names.length)]!, headerValue(random));
  return encodeMessage({ headers, payload: payload(random) });
}

/** A frame with right checksums that the codec refuses. */
function refusedFrame(random: Random): Uint8Array {
  const blocks = [wireHeader("a", 10), wireHeader("", 0), wireHeader(Uint8Array.of(0xff), 1), Uint8Array.of(9)];
  const block = blocks[random(blocks.length + 1)];
  return block ? frameAround(block, bytes(random, random(9))) : duplicateFrame();
}

/** What a stream may end with: nothing, half a frame, a spoilt one, noise. */
function tail(random: Random): Uint8Array {
  const frame = validFrame(random);
  switch (random(8)) {
    case 0:
      return frame.subarray(0, random(frame.length));
    case 1:
      return spoilt(frame, random(frame.length));
    case 2:
      return bytes(random, 1 + random(50));
    default:
      return new Uint8Array();
  }
}

/** A body of event-stream frames of every sort and what can go wrong with them, cut anywhere into chunks. */
export function randomStream(random: Random): Uint8Array[] {
  const frames = Array.from({ length: random(5) }, () => (random(8) === 0 ? refusedFrame(random) : validFrame(random)));
  const body = concat(...frames, tail(random));
  const most = [1, 7, 40, 400][random(4)]!;
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += chunks.at(-1)!.length) {
    chunks.push(body.subarray(at, at + 1 + random(most)));
  }
  return chunks;
}
