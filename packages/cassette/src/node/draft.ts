import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { payloadFileOf, type PayloadFile } from "../payload-file.ts";
import { blockBytes, ByteSpool } from "./byte-spool.ts";
import { freeMemory } from "../free-memory.ts";

/** What is to be written, as it will be, until it is known that it may. */
export class Draft {
  readonly #name: string;
  readonly #lines = new ByteSpool(tmpdir());
  /** Each with its file's name in front of it, and the lengths of both. */
  readonly #payloads = new ByteSpool(tmpdir());
  /** For lines, one after the other. */
  #memory = Buffer.alloc(0);
  /** Those of the line made last. */
  readonly latest = new Map<string, Uint8Array>();

  /** @param name the cassette's, without folder. */
  constructor(name: string) {
    this.#name = name;
  }

  line(line: string): number {
    const bytes = this.#encoded(line);
    this.#lines.append(bytes);
    for (const [file, payload] of this.latest) {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(Buffer.byteLength(file), 0);
      head.writeUInt32BE(payload.length, 4);
      for (const part of [head, Buffer.from(file), payload]) this.#payloads.append(part);
    }
    // V8 gives a map that lives long another long-lived table each time, even for an empty one: 20 MB for 200,000 lines.
    if (this.latest.size > 0) this.latest.clear();
    return bytes.length;
  }

  /** Puts a payload into a file. */
  file(payload: Uint8Array): PayloadFile {
    const file = payloadFileOf(this.#name, payload, () => createHash("sha256"));
    this.latest.set(file.file, payload);
    return file;
  }

  /** Each is there until the next one is asked for. */
  *payloads(): Generator<[file: string, payload: Uint8Array], void, undefined> {
    const reader = this.#payloads.reader();
    while (reader.left > 0) {
      const name = reader.lend(4).readUInt32BE();
      const length = reader.lend(4).readUInt32BE();
      yield [reader.lend(name).toString(), reader.lend(length)];
    }
  }

  /** All lines. Each piece is there until the next one is asked for. */
  *pieces(): Generator<Uint8Array, void, undefined> {
    const reader = this.#lines.reader();
    while (reader.left > 0) {
      // One block of the spool, so that it can be given back.
      const piece = reader.take(Math.min(blockBytes, reader.left));
      yield piece;
      freeMemory(piece);
    }
  }

  /** UTF-8, until the next line. */
  #encoded(line: string): Buffer {
    const length = Buffer.byteLength(line);
    if (length > this.#memory.length) {
      freeMemory(this.#memory);
      this.#memory = Buffer.allocUnsafeSlow(Math.max(length, blockBytes));
    }
    this.#memory.write(line);
    return this.#memory.subarray(0, length);
  }

  discard(): void {
    freeMemory(this.#memory);
    this.#lines.discard();
    this.#payloads.discard();
  }
}
