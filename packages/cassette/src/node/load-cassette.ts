import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Cassette } from "../cassette.ts";
import { CassetteError } from "../errors.ts";
import { parseCassette } from "../parse-cassette.ts";
import { payloadFiles } from "./payload-files.ts";

/** How cassette files are called. */
export const cassetteExtension = ".cassette.jsonl";

/**
 * Reads a cassette file, and the files that it has payloads in.
 *
 * @throws CassetteError what `parseCassette` throws, with the `path`; `file` when it cannot be read.
 */
export async function loadCassette(path: string): Promise<Cassette> {
  const text = await orFileError("read", path, () => readFile(path, "utf8"));
  return parseFile(path, text);
}

/** What `parseCassette` gives; its errors name the file. */
function parseFile(path: string, text: string): Cassette {
  const options = { sha256: () => createHash("sha256"), readFile: payloadFiles(path) };
  return withPath(path, () => parseCassette(text, options));
}

/** Errors of reading a cassette, with its path. */
export function withPath<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CassetteError)) throw error;
    const { code, message, line, field, cause } = error;
    throw new CassetteError(code, `${path}: ${message}`, { line, field, path, cause });
  }
}

/**
 * Reads cassette files, and those of folders: see {@link cassetteFiles}.
 *
 * @throws CassetteError as `loadCassette`; `file` for a folder without any.
 */
export async function loadCassettes(paths: string | readonly string[]): Promise<Cassette[]> {
  const cassettes: Cassette[] = [];
  for (const path of typeof paths === "string" ? [paths] : paths) {
    for (const file of await cassetteFiles(path)) cassettes.push(await loadCassette(file));
  }
  return cassettes;
}

/**
 * The cassette files that a path means: itself, or all `*.cassette.jsonl` of a folder (not of folders in it, in the order
 * of their names).
 *
 * @throws CassetteError `file` for what cannot be read, and for a folder without any.
 */
export async function cassetteFiles(path: string): Promise<string[]> {
  const found = await orFileError("read", path, () => stat(path));
  if (!found.isDirectory()) return [path];
  const names = await orFileError("read", path, () => readdir(path));
  const files = names.filter((name) => name.endsWith(cassetteExtension)).sort();
  if (files.length === 0) {
    throw new CassetteError("file", `The folder ${path} has no cassettes; expected *${cassetteExtension}`, { path });
  }
  return files.map((name) => join(path, name));
}

export async function orFileError<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CassetteError) throw cause;
    throw new CassetteError("file", `Could not ${doing} ${path}: ${reasonOf(cause)}`, { path, cause });
  }
}

/** `ENOENT: no such file or directory`, without the call and the path that Node says too. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return /^E[A-Z0-9]+: [^,]+/.exec(text)?.[0] ?? text;
}
