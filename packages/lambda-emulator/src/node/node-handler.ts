import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { OrdinaryHandler } from "../call-handler.ts";
import { RuntimeError } from "../response-stream.ts";

/**
 * Loads a handler such as `src/index.handler`: the export `handler` of `src/index.js`, `.mjs` or `.cjs` below the root.
 *
 * @throws {Error} named as Lambda's runtime names it
 */
export async function loadHandler(root: string, name: string): Promise<OrdinaryHandler> {
  const [, file, exported] = /^(.*?[^/.])\.([^/]+)$/.exec(name) ?? [];
  if (file === undefined || exported === undefined || file.split("/").includes("..")) {
    throw new RuntimeError("Runtime.MalformedHandlerName", "Bad handler");
  }
  const found = [".js", ".mjs", ".cjs"]
    .map((extension) => path.resolve(root, file + extension))
    .find((candidate) => existsSync(candidate));
  if (found === undefined) throw new RuntimeError("Runtime.ImportModuleError", `Error: Cannot find module '${file}'`);
  const handler = memberOf(await load(found), exported.split("."));
  if (typeof handler === "function") return handler as OrdinaryHandler;
  const problem = handler === undefined ? "is undefined or not exported" : "is not a function";
  throw new RuntimeError("Runtime.HandlerNotFound", `${name} ${problem}`);
}

async function load(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError("Runtime.UserCodeSyntaxError", String(error));
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    throw new RuntimeError("Runtime.ImportModuleError", String(error));
  }
}

/** An export, also one of CommonJS whose name could not be seen from outside. */
function memberOf(module: unknown, names: readonly string[]): unknown {
  const follow = (from: unknown) =>
    names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], from);
  return follow(module) ?? follow((module as { readonly default?: unknown }).default);
}
