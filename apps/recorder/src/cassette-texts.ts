import { randomUUID } from "node:crypto";
import { chmod, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cassetteFiles } from "@eventstream-kit/cassette/node";
import { cassetteFailure } from "./cassette-failure.ts";
import { messageOf, RecorderError } from "./errors.ts";

/** The cassette files of paths: files, and folders of `*.cassette.jsonl`. */
export async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  try {
    for (const path of paths) files.push(...(await cassetteFiles(path)));
  } catch (cause) {
    throw cassetteFailure(cause);
  }
  return [...new Set(files)];
}

export async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new RecorderError("file", `Reading ${file} failed: ${messageOf(cause)}`, { cause });
  }
  return textOf(bytes, file);
}

/** Bytes that are written again must not lose what is no text. */
export function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RecorderError("integrity", `${file}: It is not UTF-8 text; expected a cassette`, { cause });
  }
}

/** Replaces a file's text: all of it or nothing, with the same permissions, and through links. */
export async function replaceText(file: string, text: string): Promise<void> {
  try {
    const target = await realpath(file);
    const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
    try {
      await writeFile(temporary, text, { flag: "wx", mode: 0o600, flush: true });
      await chmod(temporary, (await stat(target)).mode & 0o777);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (cause) {
    throw new RecorderError("write_failed", `Writing ${file} failed: ${messageOf(cause)}`, { cause });
  }
}
