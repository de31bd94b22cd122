import type { LambdaContext } from "./lambda-context.ts";

/** How handlers of Node.js runtimes up to 22 may answer. An error that is falsy is none. */
// oxlint-disable-next-line typescript/no-explicit-any -- as a handler's result, whatever JSON can say
export type LambdaCallback = (error?: any, result?: any) => void;

/** An ordinary handler: with a callback as its third parameter, or one that answers. */
export type OrdinaryHandler = (event: unknown, context: LambdaContext, callback: LambdaCallback) => unknown;

/** Calls an ordinary handler. One that takes a callback, and returns nothing itself, answers by it. */
export function callHandler(handler: OrdinaryHandler, event: unknown, context: LambdaContext): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback: LambdaCallback = (error, result) => {
      if (error) reject(error as Error);
      else resolve(result);
    };
    const returned = handler(event, context, callback);
    if (returned !== undefined || handler.length < 3) resolve(returned);
  });
}
