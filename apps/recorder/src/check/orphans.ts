import type { Dirent } from "node:fs";
import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { messageOf, RecorderError } from "../errors.ts";
import type { Finding } from "./finding.ts";

export interface Orphan {
  readonly finding: Finding;
  /** There where nothing is lost by it. Rejects with what the system says. */
  readonly remove?: () => Promise<void>;
}

const temporary = /^\..+\.jsonl(?:\.partial)?\.[0-9a-f-]{36}\.tmp$/;
const payload = /^[0-9a-f]{64}\.bin$/;
const temporaryPayload = /^\.[0-9a-f]{64}\.bin\.[0-9a-f-]{36}\.tmp$/;
/** Of a cassette of any name: `record --out all.jsonl`. */
const payloadFolder = /\.jsonl(?:\.partial)?\.d$/;

const unfinished = "it is what a write that did not finish left behind";

/**
 * What is in a folder and belongs to no cassette: what killed processes left behind, recordings that were broken off, and payload
 * files (in `<cassette>.d`) that no cassette names.
 */
export async function orphansIn(folder: string): Promise<Orphan[]> {
  const entries = await entriesOf(folder);
  const orphans: Orphan[] = [];
  const add = (file: string, message: string, remove?: () => Promise<void>) =>
    orphans.push({ finding: { check: "orphan", file: join(folder, file), message }, ...(remove ? { remove } : {}) });

  // A link to a cassette has its payloads beside the link.
  const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map(({ name }) => name);
  let named: ReadonlySet<string> | undefined;
  for (const entry of entries) {
    const { name } = entry;
    const path = join(folder, name);
    if (entry.isDirectory() && payloadFolder.test(name)) {
      named ??= await namedIn(folder, files);
      await payloadOrphans(path, { named, isGone: !files.includes(name.slice(0, -2)) }, (file, message, remove) =>
        add(join(name, file), message, remove),
      );
    } else if (entry.isFile() && temporary.test(name)) {
      add(name, unfinished, () => rm(path));
    } else if (entry.isFile() && name.endsWith(".cassette.jsonl.partial")) {
      add(name, "it has calls that were broken off, and nothing replays it");
    }
  }
  return orphans;
}

interface Cassettes {
  /** The payload files that any of them names: one that was given another name still names those in the old folder. */
  readonly named: ReadonlySet<string>;
  /** There is none of the folder's name. */
  readonly isGone: boolean;
}

/** Of a folder with payloads. */
async function payloadOrphans(
  folder: string,
  { named, isGone }: Cassettes,
  add: (file: string, message: string, remove?: () => Promise<void>) => void,
): Promise<void> {
  const entries = await entriesOf(folder);
  const unnamed = entries.filter(({ name }) => !named.has(name));
  let left = entries.length;
  const remove = async (files: readonly Dirent[]) => {
    for (const { name } of files) {
      await rm(join(folder, name));
      left -= 1;
    }
    if (left === 0) await rmdir(folder);
  };
  if (entries.length === 0) return add("", "it is empty", () => remove([]));
  const cassette = basename(folder).slice(0, -2);
  if (isGone && unnamed.length === entries.length) {
    // Somebody else's file keeps the folder.
    return add("", `its cassette ${cassette} is gone`, entries.every(isOurs) ? () => remove(entries) : undefined);
  }
  for (const entry of unnamed) {
    const message = temporaryPayload.test(entry.name) ? unfinished : `${cassette} does not name it`;
    add(entry.name, message, isOurs(entry) ? () => remove([entry]) : undefined);
  }
}

function isOurs(entry: Dirent): boolean {
  return entry.isFile() && (payload.test(entry.name) || temporaryPayload.test(entry.name));
}

async function namedIn(folder: string, files: readonly string[]): Promise<Set<string>> {
  const named = new Set<string>();
  for (const file of files) {
    // Copies and partials as well; what did not finish counts for nothing.
    if (!file.includes(".jsonl") || temporary.test(file)) continue;
    const text = await textOf(join(folder, file));
    for (const [name] of text.matchAll(/[0-9a-f]{64}\.bin/g)) named.add(name);
  }
  return named;
}

/** Of a link to a folder, none. Whoever cannot be read may name anything. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "latin1");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EISDIR") return "";
    throw new RecorderError("file", `Reading ${file} failed: ${messageOf(cause)}`, { cause });
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
