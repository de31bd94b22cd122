import { encodeMessage } from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { anyMessage } from "../support/arbitraries.ts";
import { concat, utf8 } from "../support/bytes.ts";

/** Names and values that services send again and again, for a decoder that remembers what it has seen. */
const familiarNames = [":event-type", ":message-type", ":content-type", ":exception-type", ":date", "__proto__", "a"];
const familiarTexts = [
  "event",
  "exception",
  "chunk",
  "PayloadChunk",
  "application/json",
  "application/octet-stream",
  "",
];

const valueSizes = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];

/** One header, right or with a lie: bytes that are no UTF-8, an unknown type, a length that is too long or too short. */
function anyEncodedHeader(): fc.Arbitrary<Uint8Array> {
  const lie = fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }) },
    { weight: 1, arbitrary: fc.nat(0xffff) },
  );
  const name = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...familiarNames).map(utf8) },
    { weight: 3, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }).map(utf8) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: 250, max: 255 }).map((length) => new Uint8Array(length).fill(0x6e)) },
  );
  const type = fc.oneof({ weight: 15, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.nat(255) });
  const content = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...familiarTexts).map(utf8) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 30 }).map(utf8) },
    { weight: 2, arbitrary: fc.uint8Array({ minLength: 16, maxLength: 40 }) },
  );
  return fc.tuple(name, lie, type, content, lie).map(([nameBytes, nameLie, typeByte, value, valueLie]) => {
    const head = concat(Uint8Array.of(nameBytes.length + nameLie), nameBytes, Uint8Array.of(typeByte));
    if (typeByte === 6 || typeByte === 7) {
      const length = value.length + valueLie;
      return concat(head, Uint8Array.of(length >> 8, length), value);
    }
    const size = valueSizes[typeByte] ?? 0;
    return concat(head, concat(value, new Uint8Array(16)).subarray(0, Math.max(0, size + Math.min(valueLie, 3))));
  });
}

/** Header blocks put together from headers with and without lies, some of them cut off or followed by something. */
export function anyHeaderBlock(): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      fc.array(anyEncodedHeader(), { maxLength: 6 }),
      fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20) }),
      fc.oneof({ weight: 8, arbitrary: fc.constant(new Uint8Array()) }, { weight: 1, arbitrary: fc.uint8Array() }),
    )
    .map(([headers, cutOff, rest]) => {
      const block = concat(...headers);
      return concat(block.subarray(0, Math.max(0, block.length - cutOff)), rest);
    });
}

/** A right message with some bytes of its header block written over: the block, and the payload behind it. */
export function anyMutatedMessage(): fc.Arbitrary<{ readonly headers: Uint8Array; readonly payload: Uint8Array }> {
  return anyMessage()
    .filter(({ headers }) => headers.length > 0)
    .chain((message) => {
      const bytes = encodeMessage(message);
      const headers = bytes.slice(12, bytes.length - 4 - message.payload.length);
      const change = fc.record({ at: fc.nat(headers.length - 1), value: fc.oneof(fc.nat(255), fc.nat(10)) });
      return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
        const mutated = headers.slice();
        for (const { at, value } of changes) mutated[at] = value;
        return { headers: mutated, payload: message.payload };
      });
    });
}
