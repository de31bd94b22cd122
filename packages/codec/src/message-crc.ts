import { viewOf } from "./bytes.ts";
import { crc32Range } from "./crc32-range.ts";
import type { Frame } from "./frame.ts";
import { frameFault, hex32, trailerBytes } from "./frame.ts";

/**
 * Compares the last four bytes of a frame with the CRC-32 of everything before them.
 *
 * @param from Where to go on, in the bytes of the frame: behind what is in `crc` already. The prelude CRC is one to go on
 *   from, so that no byte is summed twice.
 */
export function checkMessageCrc(frame: Frame, from: number, crc: number): void {
  const { view, body, headersEnd, payloadBytes } = frame;
  const end = body ? headersEnd : headersEnd + payloadBytes;
  const stored = view.getUint32(end);
  let computed = crc32Range(view, from, end, crc);
  if (body) computed = crc32Range(viewOf(body), 0, payloadBytes, computed);
  if (computed === stored) return;
  const problem = `the message CRC is ${hex32(stored)}, expected ${hex32(computed)}`;
  const details = { expected: computed, received: stored };
  throw frameFault("message_crc", frame, frame.totalBytes - trailerBytes, problem, details);
}
