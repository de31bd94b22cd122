import { crc32 } from "@eventstream-kit/codec";
import type { Fault } from "./fault.ts";
import { preludeLength } from "./frame-parts.ts";

type Corruption = Extract<Fault, { kind: "corrupt" }>;

/** Takes the bytes of a frame from some offset on; gives them back, or a changed copy. */
type Change = (prelude: DataView, offset: number, bytes: Uint8Array) => Uint8Array;

/**
 * How one frame's bytes change. The bytes come in any pieces, in order, each within the prelude or after it, and the
 * prelude given is filled as far as the piece reaches.
 */
export function corrupt(fault: Corruption): Change {
  switch (fault.part) {
    case "prelude-crc":
      return (_prelude, offset, bytes) => inverted(bytes, 8 - offset);
    case "message-crc":
      return (prelude, offset, bytes) =>
        offset < preludeLength ? bytes : inverted(bytes, prelude.getUint32(0) - 4 - offset);
    case "payload":
      return (prelude, offset, bytes) => {
        if (offset < preludeLength) return bytes;
        const target = preludeLength + prelude.getUint32(4) + fault.offset;
        return target < prelude.getUint32(0) - 4 ? inverted(bytes, target - offset) : bytes;
      };
    case "header-len":
      break;
  }
  return longHeaders();
}

/** A header length one byte over what the frame can hold, under checksums that are right: a producer's fault, not the wire's. */
function longHeaders(): Change {
  const prelude = new DataView(new ArrayBuffer(preludeLength));
  let crc = 0;
  return (original, offset, bytes) => {
    const total = original.getUint32(0);
    const changed = new Uint8Array(bytes);
    // Bytes 0-3 stay. From byte 4 on the total length is known, however the pieces fall.
    if (offset < preludeLength && offset + bytes.byteLength > 4) {
      prelude.setUint32(0, total);
      prelude.setUint32(4, total - 15);
      prelude.setUint32(8, crc32(new Uint8Array(prelude.buffer, 0, 8)));
      const from = Math.max(4 - offset, 0);
      changed.set(new Uint8Array(prelude.buffer, offset + from, bytes.byteLength - from), from);
    }
    const crcAt = total - 4 - offset;
    const covered = offset < preludeLength ? changed : changed.subarray(0, Math.max(crcAt, 0));
    crc = crc32(covered, crc);
    if (offset >= preludeLength) {
      for (let i = Math.max(crcAt, 0); i < changed.byteLength; i++) changed[i] = crc >>> (8 * (3 - (i - crcAt)));
    }
    return changed;
  };
}

/** The bytes with one byte inverted, or as they are when that byte is not among them. */
function inverted(bytes: Uint8Array, index: number): Uint8Array {
  if (index < 0 || index >= bytes.byteLength) return bytes;
  const changed = new Uint8Array(bytes);
  changed[index]! ^= 0xff;
  return changed;
}
