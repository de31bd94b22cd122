import { syncBuiltinESMExports } from "node:module";
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
    terminal.say(`A function left a rejected promise behind: ${textOf(reason)}`);
  });
  process.on("uncaughtException", (error: unknown) => {
    if (isBrokenPipe(error)) return;
    terminal.say(`A function has an error that nobody caught: ${textOf(error, "stack")}`);
  });
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const why = Number(code ?? 0) === 0 ? "without providing a reason" : `with error: exit status ${String(code)}`;
    throw new ExitError(`Runtime exited ${why}`);
  };
  // For those who import it by its name.
  syncBuiltinESMExports();
  return () => {
    process.exit = exit;
    syncBuiltinESMExports();
  };
}

/** The text of what may have none, such as an object without a prototype: to throw here would end the server. */
function textOf(thrown: unknown, detail?: "stack"): string {
  try {
    return (detail === "stack" && thrown instanceof Error && thrown.stack) || String(thrown);
  } catch {
    return typeof thrown;
  }
}
