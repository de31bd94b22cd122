import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

/** What can be seen of a file from outside. Whoever writes it or puts another in its place changes that. */
export type FileState = Pick<BigIntStats, "dev" | "ino" | "size" | "mtimeNs">;

/** A cassette that this process has written: it was checked then. */
export interface KnownFile {
  readonly state: FileState;
  /** Of its lines. */
  readonly bytes: number;
  /** Its payload files, with their sizes. */
  readonly named: ReadonlyMap<string, number>;
  /** What was looked for in it. */
  readonly secrets: ReadonlySet<string>;
}

const known = new Map<string, KnownFile>();

export function remember(path: string, file: KnownFile): void {
  known.set(path, file);
}

/** A file that is as this process left it, and in which none of the secrets is. */
export async function unchanged(path: string, secrets: readonly string[]): Promise<KnownFile | undefined> {
  const file = known.get(path);
  if (!file || !secrets.every((secret) => file.secrets.has(secret))) return undefined;
  const now = await stateOf(path).catch(() => undefined);
  return isSameState(now, file.state) ? file : undefined;
}

/** Whether nobody has written the file in between. Two that are not there are the same. */
export function isSameState(one: FileState | undefined, other: FileState | undefined): boolean {
  return (["dev", "ino", "size", "mtimeNs"] as const).every((field) => one?.[field] === other?.[field]);
}

/** Undefined when there is no such file. */
export async function stateOf(path: string): Promise<FileState | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
