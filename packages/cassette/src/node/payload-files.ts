import { lstatSync, readFileSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
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

/** Writes a payload's file. Its name is its content's, so what is there already is the same. */
export async function writePayloadFile(path: string, payload: Uint8Array): Promise<void> {
  await writeWhole(path, (file) => file.writeFile(payload));
}

/** Removes a cassette file that may be there, with the payload files in its folder `<path>.d`. Rejects with what the system says. */
export async function removeCassette(path: string): Promise<void> {
  await rm(path, { force: true });
  await removeUnused(path, new Set());
}

/** Removes payload files (and what writes that were killed have left) that a cassette does not name; and the folder, if empty. */
export async function removeUnused(cassettePath: string, named: ReadonlySet<string>): Promise<void> {
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
