import { Writable } from "node:stream";

/** What `HttpResponseStream.from` sets: writes what must come before the first bytes. */
export type BeforeFirstWrite = (write: (part: string | Uint8Array) => void) => void;

/** Where a response stream's bytes go. */
export interface ResponseSink {
  /** One write, empty ones included. Resolves when the reader asks for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** The stream is full, so a function that heeds `write` waits for the reader (true), or takes more again (false). */
  waiting?(waiting: boolean): void;
  /** In bytes. Default: Node's. */
  readonly highWaterMark?: number;
}

const headerText = /^[\t\x20-\x7e\x80-\xff]+$/;

/** An error as Lambda's runtime names it. */
export class RuntimeError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * The `responseStream` of a `streamifyResponse` handler: a Writable with `setContentType`. As in Lambda's Node.js
 * runtime, `write` takes text, bytes or anything JSON can say, and only `write` sends the prelude of
 * `HttpResponseStream.from`: a lone `end("x")` does not. Prelude and first bytes make one chunk.
 */
export class ResponseStream extends Writable {
  readonly #sink: ResponseSink;
  #contentType = "application/octet-stream";
  #begun = false;
  /** The runtime's own hook, so that other doubles of `HttpResponseStream.from` work too. */
  _onBeforeFirstWrite?: BeforeFirstWrite;

  constructor(sink: ResponseSink) {
    super(sink.highWaterMark === undefined ? {} : { highWaterMark: sink.highWaterMark });
    this.#sink = sink;
    for (const event of ["drain", "finish", "close"]) this.on(event, () => sink.waiting?.(false));
  }

  get contentType(): string {
    return this.#contentType;
  }

  /**
   * The type that the response carries. Default `application/octet-stream`.
   *
   * @throws RuntimeError named `Runtime.InvalidStreamingOperation` after the first write
   */
  setContentType(contentType: string): void {
    if (this.#begun) throw new RuntimeError("Runtime.InvalidStreamingOperation", "Cannot set content-type, too late.");
    if (!headerText.test(contentType)) {
      throw new TypeError(`Setting the content type: found ${JSON.stringify(contentType)}, expected a header value`);
    }
    this.#contentType = contentType;
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    // In the runtime's words, which asks for the length first.
    if (chunk === null || chunk === undefined)
      throw new TypeError(`Cannot read properties of ${chunk} (reading 'length')`);
    let data = typeof chunk === "string" || ArrayBuffer.isView(chunk) ? chunk : JSON.stringify(chunk);
    if (!this.#begun) {
      this.#begun = true;
      const parts: Uint8Array[] = [];
      this._onBeforeFirstWrite?.((part) => parts.push(Buffer.from(part as string)));
      if (parts.length > 0) {
        const encoding = typeof rest[0] === "string" ? (rest[0] as BufferEncoding) : "utf8";
        data = Buffer.concat([...parts, typeof data === "string" ? Buffer.from(data, encoding) : bytesOf(data)]);
      }
    }
    const takesMore = super.write(data, ...(rest as []));
    if (!takesMore) this.#sink.waiting?.(true);
    return takesMore;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    this.#begun = true;
    // A copy: the Buffer may be a view of memory that the function writes again.
    this.#sink.write(new Uint8Array(chunk)).then(() => written(), written);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
