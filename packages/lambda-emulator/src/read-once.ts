import type { RunningInvocation } from "./invocation.ts";

/**
 * The body of a reply made from what a function writes. When the reader goes away (the transport returns the body
 * early, even unread, or the request's signal is aborted) the function runs on by itself.
 */
export function readOnce<Item>(
  running: RunningInvocation,
  signal: AbortSignal | undefined,
  read: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Item, void>,
): AsyncIterable<Item> {
  const writes = running.chunks[Symbol.asyncIterator]();
  // A generator that never began would not run its clean-up, so leaving is done here, at once.
  const leave = () => void writes.return?.();
  signal?.addEventListener("abort", leave, { once: true });
  if (signal?.aborted) leave();
  const items = read({ [Symbol.asyncIterator]: () => writes });
  const iterator: AsyncIterator<Item, void> = {
    next: async () => {
      const result = await items.next();
      if (result.done) signal?.removeEventListener("abort", leave);
      return result;
    },
    return: () => {
      signal?.removeEventListener("abort", leave);
      leave();
      return items.return();
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
