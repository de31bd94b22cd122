import { Buffer } from "node:buffer";
import { MessageHeaders, crc32, encodeMessage, encodeParts, encodedLength } from "@eventstream-kit/codec";
import type { HeaderInput } from "@eventstream-kit/codec";
import type { Parts } from "@eventstream-kit/service";

/** A kind of frame. Its headers are made once, in AWS's order: the codec remembers the bytes of such headers. */
interface Kind {
  readonly headers: MessageHeaders;
  /** Bytes of a frame without its payload. */
  readonly overhead: number;
  /** What stands before the payload of small frames, by the length of the payload. */
  readonly heads: Head[];
}

/** Prelude and headers, which are the same for every payload of one length, and their CRC. */
interface Head {
  readonly bytes: Uint8Array;
  readonly crc: number;
}

const chunk = kindOf("PayloadChunk", "application/octet-stream");
const complete = kindOf("InvokeComplete", "application/json");

/** What most streams end with. */
const noMembers = Buffer.from("{}");

function kindOf(event: string, contentType: string): Kind {
  const lines: [string, HeaderInput][] = [
    [":event-type", event],
    [":content-type", contentType],
    [":message-type", "event"],
  ];
  const headers = new MessageHeaders(lines);
  return { headers, overhead: encodedLength({ headers }), heads: [] };
}

/** Small frames share pieces of memory: to allocate one of its own would cost more than to write the frame. */
const sharedBytes = 64 * 1024;
const smallBytes = 4096;
/** From this size on, a copy costs more than that the next frame has to wait until this one is sent. */
const lentBytes = 16 * 1024;
let shared = Buffer.alloc(0);
let used = 0;
/** A frame ends with the CRC of all before it. */
const crcBytes = 4;

/** The frame of a `PayloadChunk`. The payload is copied. */
export function chunkFrame(payload: Uint8Array): Uint8Array {
  return frame(chunk, payload);
}

/** The frames of payloads that never change; null until they are made. */
const constant = new WeakMap<Uint8Array, Parts | null>();

/** Promises that these bytes stay as they are: then their frame is made once. */
export function neverChanges(payload: Uint8Array): void {
  if (chunk.overhead + payload.length <= smallBytes) constant.set(payload, null);
}

function keptFrame(payload: Uint8Array): Parts {
  const parts = [chunkFrame(payload).slice()];
  constant.set(payload, parts);
  return parts;
}

const spare: LentFrames[] = [];
const mostSpare = 64;

/**
 * Makes the same frames without a copy of the payload: one is good for as long as its payload is, and until the next one is made.
 * With 64 KiB of memory for each frame, a large stream took twice the processor time: the system has to find fresh pages for it.
 * And small frames, which a transport copies anyhow, need nothing of their own but a checksum.
 */
export class LentFrames {
  readonly #crc = new Uint8Array(crcBytes);
  readonly #parts: [head: Uint8Array, payload: Uint8Array, crc: Uint8Array] = [this.#crc, this.#crc, this.#crc];

  /** Those of a stream that has been read to its end, or new ones: to make them takes as long as to make five frames. */
  static get(): LentFrames {
    return spare.pop() ?? new LentFrames();
  }

  /** Nobody uses what was made any more. */
  giveBack(): void {
    // Not to keep it alive.
    this.#parts[1] = this.#crc;
    if (spare.length < mostSpare) spare.push(this);
  }

  chunk(payload: Uint8Array): Uint8Array | Parts {
    if (payload.length >= lentBytes) return encodeParts({ headers: chunk.headers, payload });
    if (chunk.overhead + payload.length > smallBytes) return chunkFrame(payload);
    const made = constant.get(payload);
    return made === undefined ? this.#small(payload) : (made ?? keptFrame(payload));
  }

  #small(payload: Uint8Array): Parts {
    const head = headOf(chunk, payload.length);
    // Throws where the memory of the payload is lost, as a copy would.
    if (payload.length === 0) payload.at(0);
    const crc = crc32(payload, head.crc);
    this.#crc[0] = crc >>> 24;
    this.#crc[1] = crc >>> 16;
    this.#crc[2] = crc >>> 8;
    this.#crc[3] = crc;
    this.#parts[0] = head.bytes;
    this.#parts[1] = payload;
    return this.#parts;
  }
}

/** The frame of an `InvokeComplete` without members, for a transport that borrows it. */
export const lentComplete: Parts = [frame(complete, noMembers).slice()];

/** The frame of `InvokeComplete`, whose members `json` is. */
export function completeFrame(json: string): Uint8Array {
  return frame(complete, json === "{}" ? noMembers : Buffer.from(json));
}

/**
 * Small frames are put together from a head that the codec made before and a payload: with ten of them, to encode each took a
 * short stream a tenth of its time.
 */
function frame(kind: Kind, payload: Uint8Array): Uint8Array {
  const { headers, overhead } = kind;
  const length = overhead + payload.length;
  if (length > smallBytes) return encodeMessage({ headers, payload });
  if (used + length > shared.length) {
    shared = Buffer.alloc(sharedBytes);
    used = 0;
  }
  const at = used;
  used += length;
  const head = headOf(kind, payload.length);
  shared.set(head.bytes, at);
  shared.set(payload, at + head.bytes.length);
  shared.writeUInt32BE(crc32(payload, head.crc), used - crcBytes);
  return new Uint8Array(shared.buffer, at, length);
}

function headOf(kind: Kind, payloadBytes: number): Head {
  return (kind.heads[payloadBytes] ??= newHead(kind, payloadBytes));
}

function newHead({ headers, overhead }: Kind, payloadBytes: number): Head {
  const bytes = encodeMessage({ headers, payload: new Uint8Array(payloadBytes) }).slice(0, overhead - crcBytes);
  return { bytes, crc: crc32(bytes) };
}
