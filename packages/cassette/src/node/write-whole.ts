import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { FileState } from "./known-files.ts";

export interface WriteWholeOptions {
  /** Whether the file begins with what is there under its name. Default false. */
  readonly adds?: boolean;
}

/**
 * Writes a file whole or not at all, whenever the process dies: under a hidden name in its folder, for its owner only, onto
 * the disk, and then it gets its name. Folders are made.
 *
 * @returns what can be seen of the file from outside.
 */
export async function writeWhole(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  { adds = false }: WriteWholeOptions = {},
): Promise<FileState> {
  const folder = dirname(path);
  await makeFolder(folder);
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    if (adds) {
      await copyFile(path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      // The copy is as writable as the file. That one is only replaced, which needs no leave of it.
      await chmod(temporary, 0o600);
    }
    const file = await open(temporary, adds ? "r+" : "wx", 0o600);
    let state: FileState;
    try {
      await write(file);
      await file.sync();
      state = await file.stat({ bigint: true });
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return state;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * With the folders it is in. As `mkdir` does it when asked to be recursive, but that one never ends where nothing can be made though
 * nothing says so, such as in /proc.
 */
async function makeFolder(folder: string): Promise<void> {
  if (await isMade(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  await isMade(folder, true);
}

/** @param isLast whether there is nothing more to be done about a parent that is not there. */
async function isMade(folder: string, isLast = false): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What is there and no folder is found out by who writes into it.
    if (code === "EEXIST") return true;
    if (code !== "ENOENT" || isLast) throw error;
    return false;
  }
}
