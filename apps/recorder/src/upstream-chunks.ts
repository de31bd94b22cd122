import type { IncomingMessage } from "node:http";
import { freeMemory } from "./free-memory.ts";

/** One piece of the body, as one `data` event of `node:http` delivered it: for HTTP/1.1, one chunk as sent. */
export interface UpstreamChunk {
  readonly bytes: Uint8Array;
  /** When it came, by the request's clock. */
  readonly at: number;
  /** True when the reader had fallen behind and the connection was paused: `at` is then the reader's doing. */
  readonly paused: boolean;
}

export interface UpstreamChunksOptions {
  readonly clock: () => number;
  /** What has happened to the connection: where its end is the end of the body, node:http takes a reset for a clean end. */
  readonly connectionError: () => Error | undefined;
  /** What a reader gets when the body broke off. */
  readonly failure: (cause: unknown) => Error;
}

/** Bytes held for a slow reader before the connection is paused. */
const highWaterMark = 256 * 1024;
/** What a chunk takes besides its bytes: those of one byte would take 70 MB. */
const chunkCost = 256;

/**
 * The `data` events of a response as a sequence that is read once. Iterating the message itself would join whatever has piled up
 * into one chunk, and the boundaries are what is recorded. Listens at once: an error before the first read must not go unheard.
 */
export class UpstreamChunks implements AsyncIterable<UpstreamChunk> {
  readonly #incoming: IncomingMessage;
  readonly #clock: () => number;
  readonly #failureOf: (cause: unknown) => Error;
  readonly #waiting: UpstreamChunk[] = [];
  #held = 0;
  #paused = false;
  #ended = false;
  #failure: unknown;
  // Those of the pending `read()`.
  #give: ((chunk: UpstreamChunk | undefined) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  constructor(incoming: IncomingMessage, { clock, connectionError, failure }: UpstreamChunksOptions) {
    this.#incoming = incoming;
    this.#clock = clock;
    this.#failureOf = failure;
    let latest: Uint8Array | undefined;
    incoming.on("data", (bytes: Buffer) => {
      latest = bytes;
      this.#arrived(bytes);
    });
    // Told after node:http, which has copied the body's bytes from what was read. Should it ever pass them on as they are, they stay.
    incoming.socket.on("data", (packet: Buffer) => {
      if (latest?.buffer !== packet.buffer) freeMemory(packet);
      latest = undefined;
    });
    incoming.on("end", () => {
      this.#failure ??= connectionError();
      this.#ended = this.#failure === undefined;
      this.#settle();
    });
    incoming.on("error", (error) => {
      this.#failure = error;
      this.#settle();
    });
    incoming.on("close", () => {
      if (!this.#ended) this.#failure ??= new Error("The connection was closed");
      this.#settle();
    });
  }

  /**
   * Calls one of the two once, now or when it comes: with the next chunk, or `undefined` at a clean end; with why the body broke off
   * before. Without promises: this runs for every chunk of every stream.
   */
  read(give: (chunk: UpstreamChunk | undefined) => void, fail: (error: unknown) => void): void {
    const chunk = this.#waiting.shift();
    if (chunk) {
      this.#held -= chunk.bytes.length + chunkCost;
      give(chunk);
      return;
    }
    this.#give = give;
    this.#fail = fail;
    if (this.#paused && !this.#ended && this.#failure === undefined) this.#incoming.resume();
    this.#settle();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<UpstreamChunk, void, undefined> {
    const next = () => new Promise<UpstreamChunk | undefined>((resolve, reject) => this.read(resolve, reject));
    try {
      for (let chunk = await next(); chunk; chunk = await next()) yield chunk;
    } finally {
      this.#incoming.destroy();
    }
  }

  #arrived(bytes: Buffer): void {
    const chunk: UpstreamChunk = { bytes, at: this.#clock(), paused: this.#paused };
    this.#paused = false;
    const give = this.#give;
    if (give) {
      this.#give = undefined;
      give(chunk);
      return;
    }
    this.#waiting.push(chunk);
    this.#held += bytes.length + chunkCost;
    this.#paused = this.#held >= highWaterMark;
    if (this.#paused) this.#incoming.pause();
  }

  /** Nothing is waiting when somebody is. */
  #settle(): void {
    const give = this.#give;
    if (!give) return;
    if (!this.#ended && this.#failure === undefined) return;
    this.#give = undefined;
    if (this.#ended) give(undefined);
    else this.#fail!(this.#failureOf(this.#failure));
  }
}
