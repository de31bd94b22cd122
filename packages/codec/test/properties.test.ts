import type { DecodeErrorCode } from "@eventstream-kit/codec";
import { decodeMessage, encodeMessage, EventStreamError, FrameSplitter, MessageDecoder } from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyMessage } from "./support/arbitraries.ts";
import { repairCrcs } from "./support/build-frame.ts";
import { concat, cut, toHex } from "./support/bytes.ts";
import { decodeChunks } from "./support/every-way.ts";
import { plain } from "./support/plain.ts";
import { thrownBy } from "./support/thrown.ts";

const decodeCodes = [
  "header_duplicate",
  "header_name_empty",
  "header_overrun",
  "header_type",
  "header_utf8",
  "length_relation",
  "message_crc",
  "prelude_crc",
  "too_large",
  "trailing_bytes",
  "truncated",
];

test("what is encoded decodes to what was given", () => {
  fc.assert(
    fc.property(anyMessage(), (message) => {
      const { headers, payload } = decodeMessage(encodeMessage(message));
      expect([...headers]).toEqual(message.headers);
      expect(payload).toEqual(message.payload);
    }),
    { numRuns: 500 },
  );
});

test("cutting a stream never changes what comes out", () => {
  const cutStream = fc
    .array(anyMessage(), { minLength: 1, maxLength: 5 })
    .map((messages) => concat(...messages.map((message) => encodeMessage(message))))
    .chain((stream) =>
      fc.tuple(
        fc.constant(stream),
        fc.array(fc.nat(stream.length), { maxLength: 12 }),
        fc.option(fc.record({ at: fc.nat(stream.length - 1), bit: fc.nat(7) })),
      ),
    );
  fc.assert(
    fc.property(cutStream, ([stream, places, damage]) => {
      if (damage) stream[damage.at]! ^= 1 << damage.bit;
      const whole = decodeChunks([stream]);
      expect(decodeChunks(cut(stream, ...places.toSorted((a, b) => a - b)))).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});

/** What bytes become: a message that encodes to the very same bytes, or one of the decoder's errors. */
function judge(bytes: Uint8Array): "message" | DecodeErrorCode {
  const error = thrownBy(() => {
    const message = decodeMessage(bytes);
    expect(toHex(encodeMessage(message, { limits: "wire" }))).toBe(toHex(bytes));
  });
  if (error === undefined) return "message";
  expect(error).toBeInstanceOf(EventStreamError);
  const { code } = error as EventStreamError;
  expect(decodeCodes).toContain(code);
  return code as DecodeErrorCode;
}

test("mutated messages with repaired checksums are messages or typed errors, never anything else", () => {
  const seen = new Map<string, number>();
  const mutated = anyMessage().chain((message) => {
    const bytes = encodeMessage(message);
    const headersEnd = 12 + new DataView(bytes.buffer).getUint32(4);
    const change = fc.record({
      at: fc.integer({ min: 12, max: headersEnd }),
      value: fc.oneof(fc.nat(255), fc.nat(10)),
    });
    return fc.tuple(
      fc.constant(bytes),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: -3, max: 3 }),
    );
  });
  fc.assert(
    fc.property(mutated, ([original, changes, lengthError]) => {
      const bytes = original.slice();
      for (const { at, value } of changes) bytes[at] = value;
      const view = new DataView(bytes.buffer);
      view.setUint32(4, view.getUint32(4) + (lengthError === 3 ? -1 : lengthError === -3 ? 1 : 0));
      repairCrcs(bytes);
      const verdict = judge(bytes);
      seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      expect(decodeChunks(cut(bytes, 5, 13)).error?.code ?? "message").toBe(verdict);
    }),
    { numRuns: 2000 },
  );
  // All the header parser's verdicts are reached, so the checksums were indeed repaired.
  const reached = ["header_name_empty", "header_overrun", "header_type", "header_utf8", "length_relation", "message"];
  expect(reached.filter((verdict) => !seen.has(verdict))).toEqual([]);
});

test("arbitrary bytes with a repaired prelude give typed errors", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), fc.nat(400), (bytes, total, headers) => {
      if (bytes.length >= 12) {
        const view = new DataView(bytes.buffer);
        view.setUint32(0, total);
        view.setUint32(4, headers);
        if (bytes.length >= 16) repairCrcs(bytes);
      }
      judge(bytes);
      for (const stream of [new MessageDecoder(), new FrameSplitter()]) {
        const error = thrownBy(() => {
          for (const chunk of cut(bytes, Math.min(7, bytes.length))) [...stream.push(chunk)].forEach(String);
          stream.finish();
        });
        expect(error === undefined || error instanceof EventStreamError).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a decoder used after garbage and a reset decodes as a new one", () => {
  const decoder = new MessageDecoder();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 60 }), anyMessage(), (garbage, message) => {
      const bytes = encodeMessage(message);
      decoder.push(garbage);
      decoder.reset();
      expect([...decoder.push(bytes)].map(plain)).toEqual([plain(decodeMessage(bytes))]);
      decoder.reset();
    }),
  );
});
