import { decodeMessage, type Message } from "@eventstream-kit/codec";
import { problemOf, type Problem } from "./problem.ts";

/** One frame of a body, whole or damaged. */
export interface WalkedFrame {
  readonly offset: number;
  readonly length: number;
  /** Undefined when the codec refuses the frame. */
  readonly message?: Message;
  readonly problem?: Problem;
}

/**
 * The frames of a body. Goes on after a frame whose own checksum is wrong, or that the codec refuses: its lengths are
 * right, so the next begins where they say. After a wrong prelude nobody knows where: the rest is one damaged frame.
 */
export function* walkBody(body: Uint8Array): Generator<WalkedFrame, void, undefined> {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let offset = 0; offset < body.length;) {
    const room = body.length - offset;
    // Never less than a prelude, so that the codec sees its checksum before anybody believes its length.
    const total = room < 12 ? room : Math.min(room, Math.max(12, view.getUint32(offset)));
    const frame = attempt(body.subarray(offset, offset + total), offset);
    const lost = frame.problem?.code === "prelude_crc" || frame.problem?.code === "length_relation";
    const length = lost || frame.problem?.code === "truncated" ? room : total;
    yield { offset, length, ...frame };
    offset += length;
  }
}

function attempt(bytes: Uint8Array, offset: number): Pick<WalkedFrame, "message" | "problem"> {
  try {
    return { message: decodeMessage(bytes, { maxMessageBytes: Infinity }) };
  } catch (error) {
    return { problem: problemOf(error, offset) };
  }
}
