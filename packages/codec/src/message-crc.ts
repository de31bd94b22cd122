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
  const stored = view.getInt32(end);
  let computed = crc32Range(view, from, end, crc);
  if (body) computed = crc32Range(viewOf(body), 0, payloadBytes, computed);
  if (computed === stored) return;
  const details = { expected: computed >>> 0, received: stored >>> 0 };
  const problem = `the message CRC is ${hex32(details.received)}, expected ${hex32(details.expected)}`;
  throw frameFault("message_crc", frame, frame.totalBytes - trailerBytes, problem, details);
}
