import { Readable } from "node:stream";

/** A body as its reader pulls it. */
export type Chunks = AsyncGenerator<Uint8Array, void, undefined>;

/**
 * A Node stream that takes a chunk when it is asked for one, so that it never joins two.
 *
 * @param left the reader wants no more. Also called at the end.
 */
export function readableOf(chunks: Chunks, left: () => void): Readable {
  return new Readable({
    highWaterMark: 0,
    read() {
      chunks.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: unknown) => this.destroy(error as Error),
      );
    },
    // Not `Readable.from`: it waits for the generator, which may be waiting for a chunk that never comes.
    destroy(error, callback) {
      left();
      callback(error);
    },
  });
}

/** The same as a web stream. */
export function webStreamOf(chunks: Chunks, left: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: left,
    },
    { highWaterMark: 0 },
  );
}
