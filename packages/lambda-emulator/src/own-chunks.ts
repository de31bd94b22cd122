/** The same writes in memory of their own, for a reader that keeps them or hands them on. */
export function ownChunks(chunks: AsyncIterable<Uint8Array>): AsyncIterableIterator<Uint8Array, undefined> {
  const source = chunks[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await source.next();
      return done === true ? { done, value: undefined } : { done: false, value: new Uint8Array(value) };
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
