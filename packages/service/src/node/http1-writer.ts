import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { nextTick } from "node:process";
import type { HeaderLine, Parts } from "../service.ts";
import { isParts, lengthOf } from "../steps.ts";
import type { KeptHead } from "./http1-head.ts";

/** From this size on memory is written as it is; smaller pieces cost less to copy than to write one by one. */
const largeBytes = 8 * 1024;
/** So much waits for the end of a turn at most: what is passed on of one read of a socket has room. */
const mostBytes = 64 * 1024;

/**
 * Small pieces of all responses are copied into memory of this size, one behind the other: with memory of their own, and a list
 * of what is to go into it, a response of ten small chunks took 1 KB more and half a microsecond longer. What a slow client has
 * not taken keeps all of it, so it is not larger.
 */
const sharedBytes = 32 * 1024;
let shared = Buffer.alloc(0);
let used = 0;

const lastChunk = Buffer.from("0\r\n\r\n", "latin1");
const hexCodes = Buffer.from("0123456789abcdef", "latin1");

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
  /** What this turn has written, before what is in shared memory. */
  #pieces: Uint8Array[] = [];
  /** The shared memory that is written into, and what this turn has written there since the last piece. */
  #memory = shared;
  #from = 0;
  #until = 0;
  /** Of the steps of this turn. */
  #keptBytes = 0;
  /** There is memory among what is not sent that is written as it is. */
  #borrows = false;
  #flushDue = false;
  #headDue = false;
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
    this.#keepHead();
    this.#flushLater();
  }

  /**
   * Puts the head before the body, in the same memory. node:http would send it as text beside it, by a list of two that it makes and
   * reads again: that took a twentieth of a short call.
   */
  #keepHead(): void {
    const kept = this.#response as KeptHead;
    const head = kept._header;
    if (typeof head !== "string" || kept._headerSent !== false || head.length > sharedBytes) {
      this.#headDue = true;
      return;
    }
    const at = this.#place(head.length);
    shared.write(head, at, "latin1");
    kept._headerSent = true;
  }

  /**
   * One chunk. True when there is room for more; else resolves as {@link taken}. Behind parts, what was lent must be sent, or
   * copied.
   */
  write(step: Uint8Array | Parts): true | Promise<boolean> {
    const length = lengthOf(step);
    const parts = isParts(step);
    if (length < largeBytes) {
      this.#keepSmall(step, length);
    } else {
      if (this.#chunked) this.#beginChunk(length);
      if (!parts) this.#keep(step);
      else for (const part of step) this.#keep(part);
      if (this.#chunked) endLine(this.#place(2));
    }
    this.#keptBytes += length;
    if (this.#keptBytes < mostBytes) this.#flushLater();
    else this.#flush();
    return this.#full || this.#broken || (this.#borrows && parts) ? this.taken() : true;
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
    if (this.#chunked) this.#keep(trailers.length === 0 ? lastChunk : lastChunkWith(trailers));
    const pieces = this.#takePieces();
    const last = pieces.pop();
    for (const piece of pieces) this.#response.write(piece);
    // With the last bytes the end is no write of its own.
    this.#response.end(last);
  }

  #flushLater(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    nextTick(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushDue = false;
    if (this.#response.writableEnded) return;
    const pieces = this.#takePieces();
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
    if (this.#pieces.length === 0) this.#borrows = false;
    for (const resolve of this.#whenTaken.splice(0)) resolve();
  };

  /** One place for all of a chunk: to look for one for each of its pieces took 5% of a short call. */
  #keepSmall(step: Uint8Array | Parts, length: number): void {
    const digits = this.#chunked ? hexDigits(length) : 0;
    let at = this.#place(this.#chunked ? digits + length + 4 : length);
    if (this.#chunked) {
      writeLength(at, digits, length);
      at += digits + 2;
      endLine(at + length);
    }
    if (!isParts(step)) {
      copy(step, at);
      return;
    }
    for (const part of step) {
      copy(part, at);
      at += part.length;
    }
  }

  /** The line that says how long a chunk is. */
  #beginChunk(length: number): void {
    const digits = hexDigits(length);
    writeLength(this.#place(digits + 2), digits, length);
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length < largeBytes) {
      copy(bytes, this.#place(bytes.length));
      return;
    }
    this.#cut();
    this.#pieces.push(bytes);
    this.#borrows = true;
  }

  /** Where in shared memory the next bytes go: behind those before, if nobody has written there since. */
  #place(length: number): number {
    if (used + length > shared.length) {
      shared = Buffer.allocUnsafeSlow(sharedBytes);
      used = 0;
    }
    if (this.#memory !== shared || this.#until !== used) {
      this.#cut();
      this.#memory = shared;
      this.#from = used;
    }
    const at = used;
    used += length;
    this.#until = used;
    return at;
  }

  /** Makes a piece of what is in shared memory. */
  #cut(): void {
    if (this.#until > this.#from) this.#pieces.push(this.#memory.subarray(this.#from, this.#until));
    this.#from = this.#until;
  }

  #takePieces(): Uint8Array[] {
    this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#keptBytes = 0;
    return pieces;
  }
}

function hexDigits(length: number): number {
  let digits = 1;
  for (let rest = length; rest >= 16; rest = Math.floor(rest / 16)) digits++;
  return digits;
}

/** The line that says how long a chunk is. */
function writeLength(at: number, digits: number, length: number): void {
  let rest = length;
  for (let digit = at + digits - 1; digit >= at; digit--) {
    shared[digit] = hexCodes[rest % 16]!;
    rest = Math.floor(rest / 16);
  }
  endLine(at + digits);
}

function endLine(at: number): void {
  shared[at] = 0x0d;
  shared[at + 1] = 0x0a;
}

/** Into shared memory. */
function copy(bytes: Uint8Array, at: number): void {
  // For a checksum, the call takes longer than its bytes.
  if (bytes.length >= 16) shared.set(bytes, at);
  else for (let index = 0; index < bytes.length; index++) shared[at + index] = bytes[index]!;
}

function lastChunkWith(trailers: readonly HeaderLine[]): Uint8Array {
  const lines = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.from(`0\r\n${lines}\r\n`, "latin1");
}
