import type { HeaderValue, MessageInput } from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { utf8 } from "./bytes.ts";

/** Any character that UTF-8 can hold, often one of few bytes. The ready-made unit for this takes a second to prepare. */
export const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(fc.nat(0x7f), fc.nat(0x7ff), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10_ffff }))
  .map((code) => String.fromCodePoint(code));

/** Any text that UTF-8 can hold, in few enough bytes. */
function text(maxBytes: number): fc.Arbitrary<string> {
  return fc
    .oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: anyCharacter }), fc.string())
    .filter((value) => utf8(value).length <= maxBytes);
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** Any header value, of every type. */
export function anyHeaderValue(): fc.Arbitrary<HeaderValue> {
  return fc.oneof(
    fc.record({ type: fc.constant("boolean" as const), value: fc.boolean() }),
    fc.record({ type: fc.constant("byte" as const), value: fc.integer({ min: -128, max: 127 }) }),
    fc.record({ type: fc.constant("short" as const), value: fc.integer({ min: -32_768, max: 32_767 }) }),
    fc.record({ type: fc.constant("integer" as const), value: fc.integer() }),
    fc.record({ type: fc.constant("long" as const), value: int64 }),
    fc.record({ type: fc.constant("binary" as const), value: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ type: fc.constant("string" as const), value: text(400) }),
    fc.record({ type: fc.constant("timestamp" as const), value: int64 }),
    fc.record({ type: fc.constant("uuid" as const), value: fc.uuid() }),
  );
}

/** Any message the encoder takes: unique names, names of Object's own among them. */
export function anyMessage(): fc.Arbitrary<MessageInput & { headers: [string, HeaderValue][]; payload: Uint8Array }> {
  const name = fc.oneof(
    text(255).filter((value) => value !== ""),
    fc.constantFrom("__proto__", "constructor", "1", "0", ":event-type", ":message-type"),
  );
  return fc.record({
    headers: fc.uniqueArray(fc.tuple(name, anyHeaderValue()), { selector: ([key]) => key, maxLength: 8 }),
    payload: fc.uint8Array({ maxLength: 200 }),
  });
}
