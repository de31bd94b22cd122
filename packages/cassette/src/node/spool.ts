import { createCipheriv, randomBytes, randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeMessage } from "@eventstream-kit/codec";
import type { Item, ItemStore, RawReason } from "../cassette.ts";
import { CassetteError } from "../errors.ts";

/** Bytes in memory at most, of what is written and of what is read: what does not fit goes to the file together. */
const bufferBytes = 65_536;

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
  readonly #folder: string;
  #buffer = Buffer.alloc(0);
  #buffered = 0;
  #file: number | undefined;
  #inFile = 0;
  #gone = false;
  readonly #key = randomBytes(32);
  /** The part of the file that was read last, as it was before encryption, and where it begins. */
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(item: Item, bytes: Uint8Array): void {
    const why = Buffer.from(item.kind === "frame" ? "" : item.why);
    const head = Buffer.alloc(1 + why.length + 4);
    head[0] = why.length;
    why.copy(head, 1);
    head.writeUInt32BE(bytes.length, 1 + why.length);
    this.#append(head);
    this.#append(bytes);
  }

  *[Symbol.iterator](): Generator<Item, void, undefined> {
    if (this.#gone) throw discarded();
    const size = this.#inFile + this.#buffered;
    for (let at = 0; at < size;) {
      const whyLength = this.#read(at, 1)[0]!;
      const head = this.#read(at + 1, whyLength + 4);
      const bytes = this.#read(at + 1 + head.length, head.readUInt32BE(whyLength));
      yield itemOf(head.toString("latin1", 0, whyLength), bytes);
      at += 1 + head.length + bytes.length;
    }
  }

  discard(): void {
    this.#gone = true;
    this.#buffer = Buffer.alloc(0);
    this.#buffered = 0;
    this.#inFile = 0;
    this.#window = Buffer.alloc(0);
    this.#key.fill(0);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #append(bytes: Uint8Array): void {
    if (this.#gone) return;
    if (this.#buffered + bytes.length > bufferBytes) this.#flush();
    if (bytes.length > bufferBytes) return this.#write(bytes);
    if (this.#buffered + bytes.length > this.#buffer.length) {
      const grown = Buffer.alloc(Math.min(bufferBytes, 2 * (this.#buffered + bytes.length)));
      this.#buffer.copy(grown, 0, 0, this.#buffered);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  #flush(): void {
    if (this.#buffered > 0) this.#write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /** Waits for the file system, so that nothing piles up in memory. */
  #write(bytes: Uint8Array): void {
    withFile(this.#folder, () => {
      this.#file ??= openNameless(this.#folder);
      const encrypted = this.#crypt(bytes, this.#inFile);
      for (let at = 0; at < encrypted.length;) {
        const written = writeSync(this.#file, encrypted, at, encrypted.length - at, this.#inFile);
        at += written;
        this.#inFile += written;
      }
    });
  }

  #read(at: number, length: number): Buffer {
    if (this.#gone)
      throw new CassetteError("state", "Reading a spool: it was discarded; expected it to be read before");
    const bytes = Buffer.alloc(length);
    const fromFile = Math.max(0, Math.min(length, this.#inFile - at));
    if (fromFile > 0) this.#readFile(at, fromFile).copy(bytes);
    const from = at + fromFile - this.#inFile;
    if (fromFile < length) this.#buffer.copy(bytes, fromFile, from, from + length - fromFile);
    return bytes;
  }

  /** Items are small and come one after the other, so much is read together. */
  #readFile(at: number, length: number): Buffer {
    const isThere = at >= this.#windowAt && at + length <= this.#windowAt + this.#window.length;
    if (!isThere) {
      const encrypted = Buffer.alloc(Math.max(length, Math.min(bufferBytes, this.#inFile - at)));
      withFile(this.#folder, () => {
        for (let done = 0; done < encrypted.length;) {
          const count = readSync(this.#file!, encrypted, done, encrypted.length - done, at + done);
          if (count === 0) throw new Error("it is shorter than what was written");
          done += count;
        }
      });
      const read = this.#crypt(encrypted, at);
      // What is larger is not kept.
      if (length > bufferBytes) return read;
      this.#window = read;
      this.#windowAt = at;
    }
    return this.#window.subarray(at - this.#windowAt, at - this.#windowAt + length);
  }

  /** To and fro: AES in counter mode, whose counter says the place in the file. No place is written twice. */
  #crypt(bytes: Uint8Array, at: number): Buffer {
    const counter = Buffer.alloc(16);
    counter.writeBigUInt64BE(BigInt(Math.floor(at / 16)), 8);
    const cipher = createCipheriv("aes-256-ctr", this.#key, counter);
    cipher.update(Buffer.alloc(at % 16));
    return cipher.update(bytes);
  }
}

function discarded(): CassetteError {
  return new CassetteError("state", "Reading a spool: it was discarded; expected it to be read before");
}

function itemOf(why: string, bytes: Uint8Array): Item {
  if (why !== "") return { kind: "raw", why: why as RawReason, bytes: Uint8Array.from(bytes) };
  return { kind: "frame", message: decodeMessage(bytes, { maxMessageBytes: Infinity }) };
}

/** A file for this process alone. */
function openNameless(folder: string): number {
  const path = join(folder, `.eventstream-${randomUUID()}.tmp`);
  const file = openSync(path, "wx+", 0o600);
  rmSync(path, { force: true });
  return file;
}

function withFile(folder: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new CassetteError("file", `Spooling a recording in ${folder}: ${found}`, { path: folder, cause });
  }
}
