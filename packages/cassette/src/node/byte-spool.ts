import { createCipheriv, randomBytes, randomUUID, type Cipheriv } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { CassetteError } from "../errors.ts";
import { freeMemory } from "../free-memory.ts";

/** Bytes in memory at most, of what is written and of what is read: they go to the file, and come from it, together. */
export const blockBytes = 65_536;

/**
 * Bytes of any number: the first 64 KiB are in memory, more goes to a file. The file loses its name as soon as it is open and can be
 * read by its owner only, so that nothing is left of it however the process ends. It is encrypted by a key that only this
 * process has in memory: what is not yet known to have no secret must not be on a disk, which keeps blocks that no file has any more.
 *
 * Errors are CassetteError `file`; `state` for reading what was discarded.
 */
export class ByteSpool {
  readonly #folder: string;
  #buffer = Buffer.alloc(0);
  #buffered = 0;
  #file: number | undefined;
  #inFile = 0;
  #gone = false;
  readonly #key = randomBytes(32);
  /** One for all that is written: making one takes as long as encrypting a block. */
  #cipher: Cipheriv | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  append(bytes: Uint8Array): void {
    if (this.#gone) return;
    for (let at = 0; at < bytes.length;) {
      if (this.#buffered === blockBytes) this.#flush();
      // More than a block goes to the file as it is.
      if (this.#buffered === 0 && bytes.length - at > blockBytes) {
        this.#write(bytes.subarray(at, (at += blockBytes)));
        continue;
      }
      const part = bytes.subarray(at, at + blockBytes - this.#buffered);
      this.#grow(this.#buffered + part.length);
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
      at += part.length;
    }
  }

  /** Reads what there is now, from the beginning. */
  reader(): SpoolReader {
    if (this.#gone) throw discarded();
    const tail = Buffer.from(this.#buffer.subarray(0, this.#buffered));
    const decipher = crypt(this.#key);
    const end = this.#inFile;
    const encrypted = Buffer.alloc(Math.min(blockBytes, end));
    let at = 0;
    return new SpoolReader(() => {
      if (this.#gone) throw discarded();
      if (at === end) return tail;
      return withFile(this.#folder, () => {
        const count = readSync(this.#file!, encrypted, 0, Math.min(encrypted.length, end - at), at);
        if (count === 0) throw new Error("it is shorter than what was written");
        at += count;
        return decipher.update(encrypted.subarray(0, count));
      });
    }, end + tail.length);
  }

  discard(): void {
    this.#gone = true;
    this.#buffer = Buffer.alloc(0);
    this.#buffered = 0;
    this.#inFile = 0;
    this.#cipher = undefined;
    this.#key.fill(0);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Most are short. */
  #grow(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.alloc(Math.min(blockBytes, 2 * needed));
    this.#buffer.copy(grown, 0, 0, this.#buffered);
    this.#buffer = grown;
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /** Waits for the file system, so that nothing piles up in memory. */
  #write(block: Uint8Array): void {
    try {
      withFile(this.#folder, () => {
        this.#file ??= openNameless(this.#folder);
        this.#cipher ??= crypt(this.#key);
        const encrypted = this.#cipher.update(block);
        for (let at = 0; at < encrypted.length;) {
          const written = writeSync(this.#file, encrypted, at, encrypted.length - at, this.#inFile);
          at += written;
          this.#inFile += written;
        }
        // V8 would let 80 MB of it pile up, and a megabyte would take 0.6 ms of the processor instead of 0.4.
        freeMemory(encrypted);
      });
    } catch (error) {
      // The cipher is ahead of the file, and never goes over a place again.
      this.discard();
      throw error;
    }
  }
}

/** Bytes one after the other, of blocks that are read when they are needed. */
export class SpoolReader {
  readonly #next: () => Buffer;
  #left: number;
  /** What is left of the block read last. */
  #block: Buffer = noBytes;
  /** The block, while nothing of it was given for good. */
  #whole: Buffer | undefined;
  /** Of what is lent and in several blocks. */
  #joined: Buffer = noBytes;

  constructor(next: () => Buffer, length: number) {
    this.#next = next;
    this.#left = length;
  }

  /** How many bytes are still to be read. */
  get left(): number {
    return this.#left;
  }

  /** Memory that is never given twice. What is in several blocks has memory of its own, so that it keeps none of them. */
  take(length: number): Buffer {
    if (this.#fits(length)) {
      if (length > 0) this.#whole = undefined;
      return this.#part(length);
    }
    const taken = Buffer.allocUnsafeSlow(length);
    this.#join(taken);
    return taken;
  }

  /** Memory that is used again: to be gone when anything more is taken or lent. */
  lend(length: number): Buffer {
    if (this.#fits(length)) return this.#part(length);
    if (length > this.#joined.length || this.#joined.length > blockBytes) {
      freeMemory(this.#joined);
      this.#joined = Buffer.allocUnsafeSlow(Math.max(length, blockBytes));
    }
    const lent = this.#joined.subarray(0, length);
    this.#join(lent);
    return lent;
  }

  /** Whether so much is in one block. */
  #fits(length: number): boolean {
    if (length > 0) this.#fill();
    return length <= this.#block.length;
  }

  #join(target: Buffer): void {
    for (let at = 0; at < target.length;) {
      this.#fill();
      const part = this.#part(target.length - at);
      target.set(part, at);
      at += part.length;
    }
  }

  #fill(): void {
    if (this.#block.length > 0) return;
    if (this.#whole) freeMemory(this.#whole);
    this.#block = this.#whole = this.#next();
  }

  #part(most: number): Buffer {
    const part = this.#block.subarray(0, most);
    this.#block = this.#block.subarray(part.length);
    this.#left -= part.length;
    return part;
  }
}

const noBytes = Buffer.alloc(0);

/** To and fro: AES in counter mode, from the beginning of the file on. No place is written twice. */
function crypt(key: Buffer): Cipheriv {
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
}

function discarded(): CassetteError {
  return new CassetteError("state", "Reading a spool: it was discarded; expected it to be read before");
}

/** A file for this process alone. */
function openNameless(folder: string): number {
  const path = join(folder, `.eventstream-${randomUUID()}.tmp`);
  const file = openSync(path, "wx+", 0o600);
  rmSync(path, { force: true });
  return file;
}

function withFile<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new CassetteError("file", `Spooling a recording in ${folder}: ${found}`, { path: folder, cause });
  }
}
