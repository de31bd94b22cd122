/** A ReadableStream of these chunks that makes each when it is asked for, and then ends or fails. */
export function readable<Chunk>(chunks: Iterable<Chunk>, failure?: Error): ReadableStream<Chunk> {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream<Chunk>(
    {
      pull(controller) {
        const { done, value } = iterator.next();
        if (!done) controller.enqueue(value);
        else if (failure) controller.error(failure);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
