import type { LambdaContext } from "./lambda-context.ts";

/** How handlers of Node.js runtimes up to 22 may answer. An error that is falsy is none. */
// oxlint-disable-next-line typescript/no-explicit-any -- as a handler's result, whatever JSON can say
export type LambdaCallback = (error?: any, result?: any) => void;

/** An ordinary handler: with a callback as its third parameter, or one that answers. */
export type OrdinaryHandler = (event: unknown, context: LambdaContext, callback: LambdaCallback) => unknown;

/**
 * Calls an ordinary handler. One with a third parameter answers by it, whatever else it returns: often that is what a call gives
 * which will call back, such as the timer of `setTimeout`.
 *
 * @param isAnswer what counts as an answer of such a handler all the same. Default: a promise, as in Lambda's runtime.
 */
export function callHandler(
  handler: OrdinaryHandler,
  event: unknown,
  context: LambdaContext,
  isAnswer: (returned: unknown) => boolean = isPromise,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback: LambdaCallback = (error, result) => {
      if (error) reject(error as Error);
      else resolve(result);
    };
    const returned = handler(event, context, callback);
    if (handler.length < 3 || isAnswer(returned)) resolve(returned);
  });
}

export function isPromise(value: unknown): boolean {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
