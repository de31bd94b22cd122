import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { assertNoSecrets } from "../assert-no-secrets.ts";
import type { Cassette } from "../cassette.ts";
import { assertNoSecretsInPayloads } from "../exchange-secrets.ts";
import { formatCassette, formatExchange } from "../format-cassette.ts";
import { orFileError, parseFile } from "./load-cassette.ts";

export interface SaveCassetteOptions {
  /**
   * Values that must not be in the file: at least the key id, secret key and session token of whoever recorded. An empty
   * list is for cassettes made without any.
   */
  readonly secrets: readonly string[];
  /** Adds the exchanges to the cassette that is there, leaving its lines as they are. Default: replaces it. */
  readonly append?: boolean;
}

/**
 * Writes a cassette: all of it or nothing, whenever the process dies.
 *
 * The text is checked for secrets and read back first; then it goes to a temporary file beside the target, readable for
 * its owner only, onto the disk, and gets its name. Folders are made. Calls for one path in one process wait for
 * each other; two processes must not write one file.
 *
 * @throws CassetteError `secret` and what is there stays untouched; `line_length`, `field` or `integrity` for a cassette
 *   that could not be read again, and for what is there when appending to it; `file`.
 */
export async function saveCassette(path: string, cassette: Cassette, options: SaveCassetteOptions): Promise<void> {
  const target = resolve(path);
  const before = writing.get(target) ?? Promise.resolve();
  const work = before.then(() => save(target, cassette, options));
  const settled = Promise.allSettled([work]);
  writing.set(target, settled);
  try {
    await work;
  } finally {
    if (writing.get(target) === settled) writing.delete(target);
  }
}

/** The last write to each path that is under way: recordings that end together append to one file. */
const writing = new Map<string, Promise<unknown>>();

async function save(path: string, cassette: Cassette, options: SaveCassetteOptions): Promise<void> {
  const existing = options.append ? await readExisting(path) : undefined;
  const text =
    existing === undefined ? formatCassette(cassette) : existing + cassette.exchanges.map(formatExchange).join("");
  assertNoSecrets(text, options.secrets);
  for (const exchange of cassette.exchanges) assertNoSecretsInPayloads(exchange, options.secrets);
  parseFile(path, text);
  await orFileError("write", path, () => replaceFile(path, text));
}

/** What there is to append to, its last line ended. Undefined without a file. */
async function readExisting(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, "utf8");
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return orFileError("read", path, () => Promise.reject(error as Error));
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
