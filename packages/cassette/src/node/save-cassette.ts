import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { CassetteHeader, LongExchange } from "../cassette.ts";
import { CassetteError } from "../errors.ts";
import { exchangeLines, headerLine } from "../format-cassette.ts";
import { CassetteParser } from "../parse-cassette.ts";
import { payloadFileOf } from "../payload-file.ts";
import { SecretGate } from "../secret-gate.ts";
import { orFileError, withPath } from "./load-cassette.ts";
import { payloadFiles, removeUnused, writePayloadFile } from "./payload-files.ts";

export interface SaveCassetteOptions {
  /**
   * Values that must not be in the file: at least the key id, secret key and session token of whoever recorded. An empty
   * list is for cassettes made without any.
   */
  readonly secrets: readonly string[];
  /** Adds the exchanges to the cassette that is there, leaving its lines as they are. Default: replaces it. */
  readonly append?: boolean;
  /** Whether a cassette of more than 10 MiB, its payload files included, may be written. Default false. */
  readonly large?: boolean;
}

/** What is to be saved. The exchanges may be longer than memory. */
export interface SavableCassette {
  readonly header: CassetteHeader;
  readonly exchanges: readonly LongExchange[];
}

export interface SavedCassette {
  /** Bytes of the file and its payload files. From 1 MiB on, think about what a repository should keep. */
  readonly bytes: number;
  /** How many payload files it has, in the folder `<path>.d`. */
  readonly files: number;
}

/** A larger one is refused unless asked for: 10 MiB. */
const largestBytes = 10 * 1_048_576;

/**
 * Writes a cassette: all of it or nothing, whenever the process dies.
 *
 * Every line is checked for secrets and read back first; then they go to a temporary file beside the target, readable for
 * its owner only, onto the disk, and the file gets its name. Payloads of more than 64 KiB go to files of their own in the
 * folder `<path>.d`, before that; those that the cassette no longer names are removed after it. Folders are made. Calls for
 * one path in one process wait for each other; two processes must not write one file.
 *
 * Exchanges that are read from a store are read twice, and never held.
 *
 * @throws CassetteError `secret` and what is there stays untouched; `size` for more than 10 MiB unless it is `large`;
 *   `line_length`, `field` or `integrity` for a cassette that could not be read again, and for what is there when appending
 *   to it; `file`.
 */
export async function saveCassette(
  path: string,
  cassette: SavableCassette,
  options: SaveCassetteOptions,
): Promise<SavedCassette> {
  const target = resolve(path);
  const before = writing.get(target) ?? Promise.resolve();
  const work = before.then(() => save(target, cassette, options));
  const settled = Promise.allSettled([work]);
  writing.set(target, settled);
  try {
    return await work;
  } finally {
    if (writing.get(target) === settled) writing.delete(target);
  }
}

/** The last write to each path that is under way: recordings that end together append to one file. */
const writing = new Map<string, Promise<unknown>>();

const sha256 = () => createHash("sha256");

async function save(path: string, cassette: SavableCassette, options: SaveCassetteOptions): Promise<SavedCassette> {
  const existing = options.append === true && (await exists(path));
  const draft = new Draft(path, cassette, existing);
  const { bytes, named } = await check(path, draft, options);
  if (bytes > largestBytes && options.large !== true) {
    throw new CassetteError(
      "size",
      `Saving ${path}: it would have ${String(bytes)} bytes with its payload files; expected at most ${String(largestBytes)}, or to be told that it may be large`,
      { path },
    );
  }
  await orFileError("write", path, () => replaceFile(path, draft));
  await orFileError("write", path, () => removeUnused(path, named));
  return { bytes, files: named.size };
}

/** The cassette as lines, which are made anew each time. */
class Draft {
  readonly #path: string;
  readonly #cassette: SavableCassette;
  readonly #existing: boolean;
  /** Payloads of the line given last that belong into files. */
  readonly payloads = new Map<string, Uint8Array>();

  constructor(path: string, cassette: SavableCassette, existing: boolean) {
    this.#path = path;
    this.#cassette = cassette;
    this.#existing = existing;
  }

  /** Each with its end. Other work of the process has its turn now and then. */
  async *lines(onItems?: (exchange: LongExchange) => Promise<void>): AsyncGenerator<string, void, undefined> {
    const { header, exchanges } = this.#cassette;
    if (this.#existing) yield* existingLines(this.#path);
    else yield headerLine(header);
    let since = 0;
    for (const exchange of exchanges) {
      for (const line of exchangeLines(exchange, (payload) => this.#file(payload))) {
        yield line;
        this.payloads.clear();
        since += line.length;
        if (since > 262_144) since = await setImmediate(0);
      }
      await onItems?.(exchange);
    }
  }

  #file(payload: Uint8Array) {
    const file = payloadFileOf(basename(this.#path), payload, sha256);
    this.payloads.set(file.file, payload);
    return file;
  }
}

/** Finds out whether the draft may be written and could be read again. */
async function check(
  path: string,
  draft: Draft,
  { secrets }: SaveCassetteOptions,
): Promise<{ bytes: number; named: ReadonlySet<string> }> {
  const gate = new SecretGate(secrets);
  const named = new Map<string, number>();
  const stored = payloadFiles(path);
  const parser = new CassetteParser({
    sha256,
    checkOnly: true,
    readFile(file) {
      const payload = draft.payloads.get(file) ?? stored(file);
      named.set(file, payload.length);
      return payload;
    },
  });
  const checkItems = async ({ items }: LongExchange) => {
    let since = 0;
    for (const item of items) {
      gate.item(item);
      if (++since % 64 === 0) await setImmediate();
    }
    gate.itemsEnded();
  };
  let bytes = 0;
  for await (const line of draft.lines(checkItems)) {
    bytes += Buffer.byteLength(line);
    gate.text(line);
    withPath(path, () => parser.line(line.slice(0, -1)));
  }
  gate.finish();
  withPath(path, () => parser.finish());
  for (const size of named.values()) bytes += size;
  return { bytes, named: new Set(named.keys()) };
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    return orFileError("read", path, () => Promise.reject(error as Error));
  }
}

/** What there is to append to, its last line ended. */
async function* existingLines(path: string): AsyncGenerator<string, void, undefined> {
  const source = createReadStream(path, { encoding: "utf8", highWaterMark: 262_144 });
  let rest = "";
  try {
    for await (const chunk of source as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) yield `${line}\n`;
    }
  } catch (error) {
    await orFileError("read", path, () => Promise.reject(error as Error));
  }
  if (rest !== "") yield `${rest}\n`;
}

async function replaceFile(path: string, draft: Draft): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  const made: string[] = [];
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await writeLines(file, draft, folder, made);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    for (const payloadPath of made) await rm(payloadPath, { force: true });
    throw error;
  }
}

/** @param made where the payload files are put that were not there before. */
async function writeLines(file: FileHandle, draft: Draft, folder: string, made: string[]): Promise<void> {
  let text = "";
  for await (const line of draft.lines()) {
    for (const [name, payload] of draft.payloads) {
      const path = join(folder, name);
      if (await exists(path)) continue;
      made.push(path);
      await writePayloadFile(path, payload);
    }
    text += line;
    if (text.length < 262_144) continue;
    await file.writeFile(text);
    text = "";
  }
  await file.writeFile(text);
}
