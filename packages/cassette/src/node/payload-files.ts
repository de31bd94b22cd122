import { lstatSync, readFileSync } from "node:fs";
import { lstat, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CassetteError } from "../errors.ts";
import { hashInPath, type ReadPayloadFile } from "../payload-file.ts";
import { writeWhole } from "./write-whole.ts";

/** Reads the payloads that a cassette has in files of their own, in the folder `<cassette>.d` beside it. */
export function payloadFiles(cassettePath: string): ReadPayloadFile {
  const folder = dirname(cassettePath);
  return (file) => {
    const path = join(folder, file);
    // No link, pipe or device: a cassette is data, and is read from its own folder only.
    for (const part of [dirname(path), path]) {
      const stat = lstatSync(part);
      if (part === path ? !stat.isFile() : !stat.isDirectory()) throw new Error(`${part} is a link or special`);
    }
    const { buffer, byteOffset, byteLength } = readFileSync(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
}

/**
 * Whether a payload's file is there, and is that payload. A name is easily given: to a link, which nothing is read through, or to
 * what was damaged.
 */
export async function hasPayload(path: string, payload: Uint8Array): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isFile() || found.size !== payload.length) return false;
  return (await readFile(path)).equals(payload);
}

/** Writes a payload's file, also in place of what is no such file. */
export async function writePayloadFile(path: string, payload: Uint8Array): Promise<void> {
  await writeWhole(path, (file) => file.writeFile(payload));
}

/**
 * Nothing is written or removed through a link, as nothing is read through one.
 *
 * @throws CassetteError `file` for a cassette whose folder of payloads is a link.
 */
export async function refuseLinkedFolder(cassettePath: string): Promise<void> {
  const folder = `${cassettePath}.d`;
  // What else there may be is found out by who writes into it.
  const found = await lstat(folder).catch(() => undefined);
  if (!found?.isSymbolicLink()) return;
  const message = `Could not write ${cassettePath}: ${folder} is a link; expected a folder, or none`;
  throw new CassetteError("file", message, { path: cassettePath });
}

/**
 * Removes a cassette file that may be there, with the payload files in its folder `<path>.d`. Rejects with what the system says.
 *
 * @throws CassetteError `file`, and removes nothing, when that folder is a link.
 */
export async function removeCassette(path: string): Promise<void> {
  await refuseLinkedFolder(path);
  await rm(path, { force: true });
  await removeUnused(path, new Set());
}

/**
 * Removes payload files (and what writes that were killed have left) that a cassette does not name; and the folder, if empty.
 *
 * @throws CassetteError `file` when that is a link.
 */
export async function removeUnused(cassettePath: string, named: ReadonlySet<string>): Promise<void> {
  await refuseLinkedFolder(cassettePath);
  const folder = `${cassettePath}.d`;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    // There is none.
    return;
  }
  for (const name of names) {
    const file = `${basename(folder)}/${name}`;
    const isOurs = hashInPath(file) !== undefined || /^\.[0-9a-f]{64}\.bin\.[0-9a-f-]{36}\.tmp$/.test(name);
    if (isOurs && !named.has(file)) await rm(join(folder, name), { force: true });
  }
  // Anything of somebody else's keeps it.
  await rmdir(folder).catch(() => {});
}
