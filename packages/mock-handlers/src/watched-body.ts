import type { Body, Step } from "@eventstream-kit/service";

/**
 * A body whose failure somebody hears about: behind msw it is no more than a connection that breaks. Its iterator is
 * asked directly, so that one which can stop in the middle of a step still does.
 */
export function watched(body: Body, report: (error: unknown) => void): Body {
  if (Array.isArray(body)) return body;
  return {
    [Symbol.asyncIterator](): AsyncIterator<Step, unknown> {
      const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
      return {
        async next() {
          try {
            return await iterator.next();
          } catch (error) {
            report(error);
            throw error;
          }
        },
        return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}
