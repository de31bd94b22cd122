import { isBrokenPipe, type Terminal } from "./terminal.ts";

/** What `process.exit` of a function is, named as Lambda names the end of a function's process. */
class ExitError extends Error {
  override readonly name = "Runtime.ExitError";
}

/**
 * Served functions share this process, where Lambda gives each its own. What would end that one must not end the server: an
 * error that nobody catches is said and no more, and `process.exit` fails the call.
 *
 * @returns Lets the process exit again.
 */
export function containFunctions(process: NodeJS.Process, terminal: Terminal): () => void {
  process.on("unhandledRejection", (reason) => {
    terminal.say(`A function left a rejected promise behind: ${String(reason)}`);
  });
  process.on("uncaughtException", (error: unknown) => {
    if (isBrokenPipe(error)) return;
    const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    terminal.say(`A function has an error that nobody caught: ${text}`);
  });
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const why = Number(code ?? 0) === 0 ? "without providing a reason" : `with error: exit status ${String(code)}`;
    throw new ExitError(`Runtime exited ${why}`);
  };
  return () => {
    process.exit = exit;
  };
}
