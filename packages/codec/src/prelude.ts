import { crc32OfPrelude } from "./crc32-words.ts";
import type { EventStreamError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { frameFault, hex32, overheadBytes } from "./frame.ts";
import type { SizeLimits } from "./limits.ts";

/**
 * Reads the prelude of a frame and checks all that can be checked with its twelve bytes, so that nothing is allocated and
 * no more bytes are waited for on the word of a broken or hostile one.
 */
export function readPrelude(frame: Frame, limits: SizeLimits): void {
  const { view, start } = frame;
  const totalBytes = view.getUint32(start);
  const headerBytes = view.getUint32(start + 4);
  const crc = view.getInt32(start + 8);
  frame.totalBytes = totalBytes;
  frame.headerBytes = headerBytes;
  frame.crc = crc;
  const room = totalBytes - overheadBytes;
  if (
    crc32OfPrelude(totalBytes, headerBytes) !== crc ||
    // Not implied by the CRC: a total length of 12 makes the prelude CRC pass for the message CRC of nothing. Nor by
    // the other relation: no headers in less than nothing is too many.
    headerBytes > room ||
    totalBytes > limits.message ||
    headerBytes > limits.headers ||
    room - headerBytes > limits.payload
  ) {
    throw preludeFault(frame, limits);
  }
}

/** What is wrong with a prelude: the first of the things that can be. */
function preludeFault(frame: Frame, limits: SizeLimits): EventStreamError {
  const { totalBytes, headerBytes } = frame;
  const stored = frame.crc >>> 0;
  const crc = crc32OfPrelude(totalBytes, headerBytes) >>> 0;
  if (crc !== stored) {
    const problem = `the prelude CRC is ${hex32(stored)}, expected ${hex32(crc)}`;
    return frameFault("prelude_crc", frame, 8, problem, { expected: crc, received: stored });
  }
  if (totalBytes < overheadBytes) {
    const problem = `the total length is ${totalBytes}, expected at least ${overheadBytes}`;
    return frameFault("length_relation", frame, 0, problem, { expected: overheadBytes, received: totalBytes });
  }
  const room = totalBytes - overheadBytes;
  if (headerBytes > room) {
    const problem = `the headers length is ${headerBytes}, expected at most ${room} in a message of ${totalBytes} bytes`;
    return frameFault("length_relation", frame, 4, problem, { expected: room, received: headerBytes });
  }
  const tooLarge = (limit: "message" | "payload" | "headers", what: string, received: number, at: number) =>
    frameFault("too_large", frame, at, `${what} has ${received} bytes, expected at most ${limits[limit]}`, {
      expected: limits[limit],
      received,
      limit,
    });
  if (totalBytes > limits.message) return tooLarge("message", "the message", totalBytes, 0);
  if (headerBytes > limits.headers) return tooLarge("headers", "the header block", headerBytes, 4);
  return tooLarge("payload", "the payload", room - headerBytes, 0);
}
