import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { nextTick } from "node:process";
import type { HeaderLine, Parts } from "../service.ts";
import { lengthOf } from "../steps.ts";

/** From this size on memory is written as it is; smaller pieces cost less to copy than to write one by one. */
const largeBytes = 8 * 1024;
/** So much waits for the end of a turn at most. */
const mostBytes = 32 * 1024;

const lineEnd = Buffer.from("\r\n", "latin1");
const lastChunk = Buffer.from("0\r\n\r\n", "latin1");

/** Bytes, or the line that says how long a chunk is: its number, which costs half as much to keep and write as its text. */
type Kept = Uint8Array | number;

/**
 * Writes the body of a response of HTTP/1.1. Steps of one turn of the event loop leave together at its end, with the head when
 * that is still to go.
 *
 * Frames the chunks itself, in one piece of memory: node:http makes four writes to the socket of every chunk, which of a
 * response of ten small ones took a quarter of the processor time.
 */
export class Http1Writer {
  readonly #response: ServerResponse;
  #chunked = false;
  /** What this turn has written, and the lines around it. */
  #kept: Kept[] = [];
  #keptBytes = 0;
  #flushDue = false;
  #headDue = false;
  /** The line end of the last chunk is still to be written. */
  #inChunk = false;
  /** Writes to the socket that it has not taken yet. */
  #pending = 0;
  #full = false;
  #broken = false;
  #whenTaken: (() => void)[] = [];

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** The head is stored, and a body follows it. */
  begin(): void {
    // In the head the choice is made already; now it only says whether node:http frames what is written.
    this.#chunked = this.#response.chunkedEncoding;
    this.#response.chunkedEncoding = false;
    this.#headDue = true;
    this.#flushLater();
  }

  /** One chunk. True when there is room for more; else resolves as {@link taken}. */
  write(step: Uint8Array | Parts): true | Promise<boolean> {
    const length = lengthOf(step);
    if (this.#chunked) {
      this.#endChunk();
      this.#kept.push(length);
      this.#inChunk = true;
    }
    if (step instanceof Uint8Array) this.#kept.push(step);
    else this.#kept.push(...step);
    this.#keptBytes += length;
    if (this.#keptBytes < mostBytes) this.#flushLater();
    else this.#flush();
    return this.#full || this.#broken ? this.taken() : true;
  }

  /** Resolves when the connection has taken every byte written, or with `false` when it no longer takes any. */
  async taken(): Promise<boolean> {
    this.#flush();
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#whenTaken.push(resolve));
    return !this.#broken;
  }

  /** Only behind a last chunk there is a place for them (RFC 9112, 7.1.2). */
  get takesTrailers(): boolean {
    return this.#chunked;
  }

  /** The clean end, at once. */
  end(trailers: readonly HeaderLine[] = []): void {
    this.#endChunk();
    if (this.#chunked) this.#kept.push(trailers.length === 0 ? lastChunk : lastChunkWith(trailers));
    const pieces = this.#takeKept();
    const last = pieces.pop();
    for (const piece of pieces) this.#response.write(piece);
    // With the last bytes the end is no write of its own.
    this.#response.end(last);
  }

  #endChunk(): void {
    if (this.#inChunk) this.#kept.push(lineEnd);
    this.#inChunk = false;
  }

  #flushLater(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    nextTick(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushDue = false;
    if (this.#response.writableEnded) return;
    this.#endChunk();
    const pieces = this.#takeKept();
    // An empty write sends the head as Latin-1, which `flushHeaders` would send as UTF-8.
    if (pieces.length === 0 && this.#headDue) pieces.push(new Uint8Array());
    this.#headDue = false;
    for (const piece of pieces) {
      this.#pending++;
      this.#full = !this.#response.write(piece, this.#wrote);
    }
  };

  readonly #wrote = (error?: Error | null): void => {
    this.#pending--;
    if (error) this.#broken = true;
    if (this.#pending > 0) return;
    this.#full = false;
    for (const resolve of this.#whenTaken.splice(0)) resolve();
  };

  /** What is kept, in as few pieces of memory as there can be. */
  #takeKept(): Uint8Array[] {
    const kept = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (let index = 0; index < kept.length; index++) {
      const piece = kept[index]!;
      if (typeof piece === "number" || piece.length < largeBytes) continue;
      if (index > from) pieces.push(joined(kept.slice(from, index)));
      pieces.push(piece);
      from = index + 1;
    }
    if (kept.length > from) pieces.push(joined(from === 0 ? kept : kept.slice(from)));
    return pieces;
  }
}

function lastChunkWith(trailers: readonly HeaderLine[]): Uint8Array {
  const lines = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.from(`0\r\n${lines}\r\n`, "latin1");
}

function joined(kept: readonly Kept[]): Uint8Array {
  let length = 0;
  for (const piece of kept) length += typeof piece === "number" ? hexDigits(piece) + 2 : piece.length;
  const memory = Buffer.allocUnsafe(length);
  let at = 0;
  for (const piece of kept) {
    if (typeof piece === "number") {
      const end = at + hexDigits(piece);
      let rest = piece;
      for (let digit = end - 1; digit >= at; digit--) {
        memory[digit] = hexCodes[rest % 16]!;
        rest = Math.floor(rest / 16);
      }
      memory[end] = 0x0d;
      memory[end + 1] = 0x0a;
      at = end + 2;
    } else {
      memory.set(piece, at);
      at += piece.length;
    }
  }
  return memory;
}

const hexCodes = Buffer.from("0123456789abcdef", "latin1");

function hexDigits(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 16; rest /= 16) digits++;
  return digits;
}
