import { plainBytes, viewOf } from "./bytes.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { receiveLimits } from "./decode-options.ts";
import { Frame, frameFault, preludeBytes } from "./frame.ts";
import { readPrelude } from "./prelude.ts";
import { readingRules, readMessage } from "./read-message.ts";
import type { Message } from "./types.ts";

/** A copy of a small message is read instead of the message itself: copying takes 12 ns, making a DataView 60. */
const copy = /* @__PURE__ */ new Uint8Array(4096);
const viewOfCopy = /* @__PURE__ */ viewOf(copy);

/**
 * Decodes exactly one message.
 *
 * @param bytes The whole message and nothing else; use `MessageDecoder` for a stream.
 * @returns Headers and payload, with memory of their own unless `payload: "view"` is asked for.
 * @throws {EventStreamError} Any code of `DecodeErrorCode`, with `offset` counted from the start of `bytes`.
 */
export function decodeMessage(bytes: Uint8Array, options: DecodeOptions = {}): Message {
  const limits = receiveLimits(options);
  const rules = readingRules(limits, options);
  const own = plainBytes(bytes, "Decoding a message");
  const received = own.length;
  const small = received <= copy.length;
  if (small) copy.set(own);
  const frame = new Frame(own, small ? viewOfCopy : viewOf(own));

  const truncated = (expected: number) => {
    const problem = `the input ends too early, found ${received} bytes, expected ${expected}`;
    return frameFault("truncated", frame, received, problem, { expected, received });
  };
  if (received < preludeBytes) throw truncated(preludeBytes);
  readPrelude(frame, limits);
  const { totalBytes: expected } = frame;
  if (received < expected) throw truncated(expected);
  if (received > expected) {
    const problem = `bytes follow the message, found ${received} bytes, expected ${expected}`;
    throw frameFault("trailing_bytes", frame, expected, problem, { expected, received });
  }
  return readMessage(frame, rules);
}
