import { isBytes } from "./is-bytes.ts";
import type { Body, Reset, Step, Wait } from "./service.ts";

/** A frame as far as it is known: its number from 1, and its prelude, filled as the bytes come. */
export interface Frame {
  readonly number: number;
  /** Bytes 0-3 total length, 4-7 header length, 8-11 CRC of these eight. */
  readonly prelude: DataView;
}

/** A body taken apart: every byte with its place in a frame, every step boundary, every frame boundary. */
export type Part =
  /** Bytes of one frame, or of none after a length that cannot be. A part never reaches over byte 12 of its frame. */
  | {
      readonly kind: "bytes";
      readonly frame: Frame | undefined;
      /** Of the first byte, in the frame. */
      readonly offset: number;
      readonly bytes: Uint8Array;
      /** The frame is complete with these bytes. */
      readonly last: boolean;
    }
  /** Frame number `next` begins here, or the body ends here. */
  | { readonly kind: "boundary"; readonly next: number }
  /** A step of the body ends here: what came since the last edge is one write. */
  | { readonly kind: "edge" }
  | Wait
  | Reset;

/** Length of the prelude with its checksum. */
export const preludeLength = 12;
/** No frame is shorter: a prelude and a message checksum. */
const shortestFrame = 16;

/**
 * Takes a body apart. Only the length of a frame counts, never a checksum: a frame that is broken already still has a
 * place. After a total length below 16, frames cannot be told any more; the rest belongs to none.
 */
export async function* takeApart(body: Body): AsyncGenerator<Part, void, undefined> {
  let frame: Frame = newFrame(1);
  let offset = 0;
  let lost = false;
  yield { kind: "boundary", next: 1 };
  for await (const step of body) {
    if (!isBytes(step)) {
      yield step;
      continue;
    }
    for (let at = 0; at < step.byteLength;) {
      if (lost) {
        yield { kind: "bytes", frame: undefined, offset: 0, bytes: step.subarray(at), last: false };
        break;
      }
      const end = offset < preludeLength ? preludeLength : frame.prelude.getUint32(0);
      const bytes = step.subarray(at, at + end - offset);
      if (offset < preludeLength) new Uint8Array(frame.prelude.buffer).set(bytes, offset);
      at += bytes.byteLength;
      const start = offset;
      offset += bytes.byteLength;
      if (offset === preludeLength) lost = frame.prelude.getUint32(0) < shortestFrame;
      const last = offset > preludeLength && offset === end;
      yield { kind: "bytes", frame, offset: start, bytes, last };
      if (last) {
        frame = newFrame(frame.number + 1);
        offset = 0;
        yield { kind: "boundary", next: frame.number };
      }
    }
    yield { kind: "edge" };
  }
}

/** Puts parts together again: what lies between two edges, waits or resets is one step. */
export async function* putTogether(parts: AsyncIterable<Part>): AsyncGenerator<Step, void, undefined> {
  let held: Uint8Array[] = [];
  for await (const part of parts) {
    if (part.kind === "bytes") {
      held.push(part.bytes);
    } else if (part.kind !== "boundary") {
      if (held.length > 0) yield concat(held);
      held = [];
      if (part.kind !== "edge") yield part;
    }
  }
  if (held.length > 0) yield concat(held);
}

/** The pieces as one: the piece itself when there is only one. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

function newFrame(number: number): Frame {
  return { number, prelude: new DataView(new ArrayBuffer(preludeLength)) };
}
