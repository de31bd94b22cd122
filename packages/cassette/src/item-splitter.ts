import { decodeMessage, EventStreamError, FrameSplitter } from "@eventstream-kit/codec";
import type { DecodeErrorCode } from "@eventstream-kit/codec";
import { sameBytes } from "./bytes.ts";
import type { Item, RawReason } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import { freeMemory } from "./free-memory.ts";
import { itemLine } from "./item-line.ts";
import { lineBytes, maxLineBytes } from "./line.ts";
import { longestInline } from "./payload-file.ts";
import { RawPieces } from "./raw-pieces.ts";
import { WireBytes } from "./wire-bytes.ts";

export interface ItemSplitterOptions {
  /** The longest frame waited for, in bytes. A longer one makes the rest raw, `too_large`. Default 256 MiB. */
  readonly maxMessageBytes?: number;
  /** Whether a frame stays one when it does not fit a line: its payload is to go to a file of its own. Default false. */
  readonly anyLine?: boolean;
}

/**
 * Splits the bytes of a body into items. Nothing is lost, whatever the bytes are: the bytes of the items, one after the
 * other, are the bytes pushed. How they were cut into chunks makes no difference to the items.
 *
 * - A frame is handed out as soon as it is complete.
 * - A frame with right lengths and checksums that the codec refuses, such as one with a header twice, is raw with
 *   `rejected:<code>`, and the frames after it are frames again. So is one too large for a line of 1 MiB, `too_large`.
 * - After wrong lengths or checksums nobody knows where the next frame begins: the rest is raw with that code.
 * - A frame cut off by the end is raw, `truncated`.
 */
export class ItemSplitter {
  readonly #frames: FrameSplitter;
  readonly #anyLine: boolean;
  readonly #wire = new WireBytes();
  #rest: RawPieces | undefined;
  #finished = false;

  constructor(options: ItemSplitterOptions = {}) {
    const { anyLine = false, ...others } = options;
    this.#frames = new FrameSplitter(others);
    this.#anyLine = anyLine;
  }

  /** Takes the next bytes, which may be overwritten afterwards. Gives the items that they complete. */
  push(chunk: Uint8Array): Item[] {
    if (this.#finished) {
      throw new CassetteError(
        "state",
        "Splitting a body into items: push() was called after finish(); expected neither again",
      );
    }
    if (this.#rest) return this.#rest.push(chunk);
    const items: Item[] = [];
    try {
      for (const frame of this.#frames.push(chunk)) items.push(...this.#itemsOf(frame));
    } catch (error) {
      this.#rest = new RawPieces(decodeCode(error));
      items.push(...this.#rest.push(this.#frames.remainder()));
    }
    return items;
  }

  /** Says that the input has ended. Gives what is left. */
  finish(): Item[] {
    this.#finished = true;
    if (this.#rest) return this.#rest.finish();
    this.#rest = new RawPieces("truncated");
    return [...this.#rest.push(this.#frames.remainder()), ...this.#rest.finish()];
  }

  /** One frame as an item; a refused one that is long, as several. Its own memory is given back. */
  #itemsOf(frame: Uint8Array): Item[] {
    let why: RawReason;
    try {
      const message = decodeMessage(frame, { maxMessageBytes: Infinity });
      const item: Item = { kind: "frame", message };
      if (!sameBytes(this.#wire.of(item), frame)) {
        // Only a codec that is wrong gets here. The bytes are kept all the same.
        why = "rejected:message_crc";
      } else if (fits(frame, item, this.#anyLine)) {
        freeMemory(frame);
        return [item];
      } else {
        why = "rejected:too_large";
      }
    } catch (error) {
      why = `rejected:${decodeCode(error)}`;
    }
    const pieces = new RawPieces(why);
    const items = [...pieces.push(frame), ...pieces.finish()];
    freeMemory(frame);
    return items;
  }
}

/** A frame of so many bytes fits a line whatever is in it: no byte becomes more than 16 characters. */
const alwaysFits = maxLineBytes / 16;

function fits(frame: Uint8Array, item: Item & { readonly kind: "frame" }, anyLine: boolean): boolean {
  if (frame.length <= alwaysFits) return true;
  // The headers stay in the line; the payload may be in a file, or is short enough.
  const inLine: Item = anyLine ? { kind: "frame", message: { ...item.message, payload: noPayload } } : item;
  return lineBytes(itemLine(inLine)) <= maxLineBytes - (anyLine ? longestInline * 6 : 0);
}

const noPayload = new Uint8Array();

function decodeCode(error: unknown): DecodeErrorCode {
  if (error instanceof EventStreamError && error.code !== "invalid_argument") return error.code as DecodeErrorCode;
  throw error;
}
