import { plainBytes, viewOf } from "./bytes.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { decodeRules } from "./decode-options.ts";
import type { EventStreamError } from "./errors.ts";
import { Frame, frameFault, preludeBytes } from "./frame.ts";
import { readPrelude } from "./prelude.ts";
import { readMessage } from "./read-message.ts";
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
  const rules = decodeRules(options);
  const own = plainBytes(bytes, "Decoding a message");
  const received = own.length;
  const small = received <= copy.length;
  if (small) copy.set(own);
  const frame = new Frame(own, small ? viewOfCopy : viewOf(own));
  if (received < preludeBytes) throw truncated(frame, received, preludeBytes);
  readPrelude(frame, rules.limits);
  const { totalBytes } = frame;
  if (received < totalBytes) throw truncated(frame, received, totalBytes);
  if (received > totalBytes) {
    const problem = `bytes follow the message, found ${received} bytes, expected ${totalBytes}`;
    throw frameFault("trailing_bytes", frame, totalBytes, problem, { expected: totalBytes, received });
  }
  return readMessage(frame, rules);
}

function truncated(frame: Frame, received: number, expected: number): EventStreamError {
  const problem = `the input ends too early, found ${received} bytes, expected ${expected}`;
  return frameFault("truncated", frame, received, problem, { expected, received });
}
