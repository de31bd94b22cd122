import { plainBytes, viewOf } from "./bytes.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { receiveLimits } from "./decode-options.ts";
import { checkMessageCrc } from "./frame-assembler.ts";
import type { Frame } from "./frame.ts";
import { frameFault, preludeBytes } from "./frame.ts";
import { readPrelude } from "./prelude.ts";
import { messageReader } from "./read-message.ts";
import type { Message } from "./types.ts";

/**
 * Decodes exactly one message.
 *
 * @param bytes The whole message and nothing else; use `MessageDecoder` for a stream.
 * @returns Headers and payload, with memory of their own unless `payload: "view"` is asked for.
 * @throws {EventStreamError} Any code of `DecodeErrorCode`, with `offset` counted from the start of `bytes`.
 */
export function decodeMessage(bytes: Uint8Array, options: DecodeOptions = {}): Message {
  const limits = receiveLimits(options);
  const read = messageReader(limits, options);
  const own = plainBytes(bytes, "Decoding a message");
  const origin = { offset: 0, messageIndex: 0 };
  const received = own.length;

  const truncated = (expected: number) => {
    const problem = `the input ends too early, found ${received} bytes, expected ${expected}`;
    return frameFault("truncated", origin, received, problem, { expected, received });
  };
  if (received < preludeBytes) throw truncated(preludeBytes);
  const view = viewOf(own);
  const prelude = readPrelude(view, 0, limits, origin);
  const { totalBytes: expected } = prelude;
  if (received < expected) throw truncated(expected);
  if (received > expected) {
    const problem = `bytes follow the message, found ${received} bytes, expected ${expected}`;
    throw frameFault("trailing_bytes", origin, expected, problem, { expected, received });
  }
  const frame: Frame = { ...prelude, bytes: own, view, start: 0, owned: false };
  checkMessageCrc(frame, origin);
  return read(frame, origin);
}
