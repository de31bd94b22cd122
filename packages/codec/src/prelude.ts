import { crc32Range } from "./crc32-range.ts";
import type { Origin, Prelude } from "./frame.ts";
import { frameFault, hex32, overheadBytes } from "./frame.ts";
import type { SizeLimits } from "./limits.ts";

/**
 * Reads the twelve bytes at `start` and checks all that can be checked with them, so that nothing is allocated and no
 * more bytes are waited for on the word of a broken or hostile prelude.
 */
export function readPrelude(view: DataView, start: number, limits: SizeLimits, origin: Origin): Prelude {
  const totalBytes = view.getUint32(start);
  const headerBytes = view.getUint32(start + 4);
  const stored = view.getUint32(start + 8);

  const crc = crc32Range(view, start, start + 8, 0);
  if (crc !== stored) {
    const problem = `the prelude CRC is ${hex32(stored)}, expected ${hex32(crc)}`;
    throw frameFault("prelude_crc", origin, 8, problem, { expected: crc, received: stored });
  }
  // Not implied by the CRC: a total length of 12 makes the prelude CRC pass for the message CRC of nothing.
  if (totalBytes < overheadBytes) {
    const problem = `the total length is ${totalBytes}, expected at least ${overheadBytes}`;
    throw frameFault("length_relation", origin, 0, problem, { expected: overheadBytes, received: totalBytes });
  }
  const room = totalBytes - overheadBytes;
  if (headerBytes > room) {
    const problem = `the headers length is ${headerBytes}, expected at most ${room} in a message of ${totalBytes} bytes`;
    throw frameFault("length_relation", origin, 4, problem, { expected: room, received: headerBytes });
  }
  const tooLarge = (limit: "message" | "payload" | "headers", what: string, received: number, at: number) =>
    frameFault("too_large", origin, at, `${what} has ${received} bytes, expected at most ${limits[limit]}`, {
      expected: limits[limit],
      received,
      limit,
    });
  if (totalBytes > limits.message) throw tooLarge("message", "the message", totalBytes, 0);
  if (headerBytes > limits.headers) throw tooLarge("headers", "the header block", headerBytes, 4);
  if (room - headerBytes > limits.payload) throw tooLarge("payload", "the payload", room - headerBytes, 0);
  return { totalBytes, headerBytes, crc };
}
