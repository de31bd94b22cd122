import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, RecorderError } from "./errors.ts";

/** One `--function name=path`. */
export interface FunctionFile {
  readonly name: string;
  /** Relative to the working directory, or absolute. */
  readonly path: string;
}

export function parseFunctionFile(text: string): FunctionFile {
  const [, name, path] = /^([A-Za-z0-9_-]{1,64})=(.+)$/s.exec(text) ?? [];
  if (name === undefined || path === undefined) {
    throw new RecorderError(
      "usage",
      `The function '${text}' is not of the form name=path; a name has 1 to 64 letters, digits, - or _`,
    );
  }
  return { name, path };
}

/**
 * Loads functions by Lambda's convention: the export `handler` (of CommonJS, too), else the default export.
 * TypeScript files load where Node strips types by itself, from 22.18 on. Throws `function_load`.
 */
export async function loadFunctions(files: readonly FunctionFile[], cwd: string): Promise<Record<string, unknown>> {
  const functions: Record<string, unknown> = {};
  for (const { name, path } of files) {
    if (Object.hasOwn(functions, name)) throw new RecorderError("usage", `The function '${name}' is given twice`);
    functions[name] = await loadFunction(name, resolve(cwd, path));
  }
  return functions;
}

async function loadFunction(name: string, path: string): Promise<unknown> {
  const failed = (why: string, cause?: unknown) =>
    new RecorderError("function_load", `Loading the function '${name}' from ${path} failed: ${why}`, {
      cause,
      // Which file and line it is, of that or of what it imports, Node tells nobody but its own main program.
      ...(cause instanceof SyntaxError ? { hint: `node ${path} shows where` } : {}),
    });

  // Said here, because the loader's message for a missing file is the same as for a missing import of it.
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw failed("there is no such file");
  let exported: Record<string, unknown>;
  try {
    exported = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    throw failed(
      code === "ERR_UNKNOWN_FILE_EXTENSION"
        ? `Node ${process.versions.node} does not load this kind of file; .ts needs Node 22.18 or newer`
        : messageOf(cause),
      cause,
    );
  }
  // What CommonJS exports is found by name or as the default; as the default it may be an object with a `handler`,
  // which the emulator knows how to take.
  const code = exported["handler"] ?? exported["default"];
  if (code === undefined) throw failed("it exports neither 'handler' nor a default");
  return code;
}
