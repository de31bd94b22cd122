import { tmpdir } from "node:os";
import { decodeMessage } from "@eventstream-kit/codec";
import type { Item, ItemStore, RawReason } from "../cassette.ts";
import { ByteSpool, type SpoolReader } from "./byte-spool.ts";

export interface SpoolOptions {
  /** Where the file is when one is needed. Default: the system's folder for temporary files. */
  readonly folder?: string;
}

/**
 * A store for recordings of any length: the first 64 KiB are in memory, more goes to a file. The file loses its name as soon as
 * it is open and can be read by its owner only, so that nothing is left of it however the process ends. It is encrypted by a
 * key that only this process has in memory: whether a recording holds a secret is known no earlier than at its end, and the
 * disk keeps blocks that no file has any more.
 *
 *     item    [1: length of why][why, none for a frame][4: length][bytes on the wire]
 *
 * @throws CassetteError `file` (from `add` and from reading) when the file cannot be written or read.
 */
export function spool({ folder = tmpdir() }: SpoolOptions = {}): ItemStore {
  return new Spool(folder);
}

class Spool implements ItemStore {
  readonly #bytes: ByteSpool;

  constructor(folder: string) {
    this.#bytes = new ByteSpool(folder);
  }

  add(item: Item, bytes: Uint8Array): void {
    const why = Buffer.from(item.kind === "frame" ? "" : item.why);
    const head = Buffer.alloc(1 + why.length + 4);
    head[0] = why.length;
    why.copy(head, 1);
    head.writeUInt32BE(bytes.length, 1 + why.length);
    this.#bytes.append(head);
    this.#bytes.append(bytes);
  }

  *[Symbol.iterator](): Generator<Item, void, undefined> {
    const reader = this.#bytes.reader();
    while (reader.left > 0) yield readItem(reader, (length) => reader.take(length));
  }

  *lent(): Generator<Item, void, undefined> {
    const reader = this.#bytes.reader();
    while (reader.left > 0) yield readItem(reader, (length) => reader.lend(length));
  }

  discard(): void {
    this.#bytes.discard();
  }
}

function readItem(reader: SpoolReader, bytesOf: (length: number) => Buffer): Item {
  const why = reader.lend(reader.lend(1)[0]!).toString("latin1");
  const bytes = bytesOf(reader.lend(4).readUInt32BE());
  if (why !== "")
    return { kind: "raw", why: why as RawReason, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) };
  return { kind: "frame", message: decodeMessage(bytes, { maxMessageBytes: Infinity, payload: "view" }) };
}
