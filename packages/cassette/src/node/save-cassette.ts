import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { CassetteHeader, LongExchange } from "../cassette.ts";
import { CassetteError } from "../errors.ts";
import { exchangeLines, headerLine } from "../format-cassette.ts";
import { requireKnown } from "../options.ts";
import { CassetteParser } from "../parse-cassette.ts";
import { SecretGate } from "../secret-gate.ts";
import { Draft } from "./draft.ts";
import { remember, stateOf, unchanged, type FileState, type KnownFile } from "./known-files.ts";
import { orFileError, withPath } from "./load-cassette.ts";
import { hasPayload, payloadFiles, refuseLinkedFolder, removeUnused, writePayloadFile } from "./payload-files.ts";
import { writeWhole } from "./write-whole.ts";

export interface SaveCassetteOptions {
  /**
   * Values that must not be in the file: at least the key id, secret key and session token of whoever recorded. An empty
   * list is for cassettes made without any. Values that are no text are passed over, as `Object.values(credentials)` may have.
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
 * Exchanges that are read from a store are read once, and never held. What this process has written itself, and nobody has
 * changed since, is not checked again when something is added to it.
 *
 * @throws CassetteError `option`; `secret` and what is there stays untouched; `size` for more than 10 MiB unless it is `large`;
 *   `line_length`, `field` or `integrity` for a cassette that could not be read again, and for what is there when appending
 *   to it; `file`, also for a folder `<path>.d` that is a link.
 */
export async function saveCassette(
  path: string,
  cassette: SavableCassette,
  options: SaveCassetteOptions,
): Promise<SavedCassette> {
  requireKnown("", options, { secrets: true, append: true, large: true });
  const settings = { ...options, secrets: textsOf(options.secrets) };
  const target = resolve(path);
  const before = writing.get(target) ?? Promise.resolve();
  const work = before.then(() => save(target, cassette, settings));
  const settled = Promise.allSettled([work]);
  writing.set(target, settled);
  try {
    return await work;
  } finally {
    if (writing.get(target) === settled) writing.delete(target);
  }
}

/** The secrets in their places. The SDK puts more into an object of credentials than its type says, which is none. */
function textsOf(secrets: unknown): readonly string[] {
  if (Array.isArray(secrets) && (secrets.length === 0 || secrets.some(isText))) {
    return secrets.map((secret: unknown) => (isText(secret) ? secret : ""));
  }
  // What was found may be a secret.
  throw new CassetteError("option", "Reading the options: secrets is no list of texts; expected one, empty for none");
}

function isText(secret: unknown): secret is string {
  return typeof secret === "string";
}

/** The last write to each path that is under way: recordings that end together append to one file. */
const writing = new Map<string, Promise<unknown>>();

const sha256 = () => createHash("sha256");

async function save(path: string, cassette: SavableCassette, options: SaveCassetteOptions): Promise<SavedCassette> {
  await refuseLinkedFolder(path);
  const { bytes, named } = await writeOnce(path, cassette, options);
  await orFileError("write", path, () => removeUnused(path, named));
  return { bytes, files: named.size };
}

async function writeOnce(path: string, cassette: SavableCassette, options: SaveCassetteOptions): Promise<Written> {
  const known = options.append === true ? await unchanged(path, options.secrets) : undefined;
  if (!known) return await write(path, cassette, options);
  try {
    return await write(path, cassette, options, known);
  } catch (error) {
    if (!(error instanceof CassetteError)) throw error;
    // With what is there, errors name the right line.
    return await write(path, cassette, options);
  }
}

interface Written {
  /** With the payload files. */
  readonly bytes: number;
  /** The payload files. */
  readonly named: ReadonlySet<string>;
}

/** @param known what is there, if it need not be looked at again. */
async function write(
  path: string,
  cassette: SavableCassette,
  options: SaveCassetteOptions,
  known?: KnownFile,
): Promise<Written> {
  const isAdded = known !== undefined || (options.append === true && (await exists(path)));
  const draft = new Draft(basename(path));
  try {
    const named = new Map(known?.named);
    const bytes = (known?.bytes ?? 0) + (await check(path, { ...cassette, isAdded, known }, draft, options, named));
    const all = [...named.values()].reduce((sum, size) => sum + size, bytes);
    if (all > largestBytes && options.large !== true) {
      throw new CassetteError(
        "size",
        `Saving ${path}: it would have ${String(all)} bytes with its payload files; expected at most ${String(largestBytes)}, or to be told that it may be large`,
        { path },
      );
    }
    await orFileError("write", path, async () => {
      const state = await replaceFile(path, draft, isAdded);
      remember(path, { state, bytes, named, secrets: new Set(options.secrets) });
    });
    return { bytes: all, named: new Set(named.keys()) };
  } finally {
    draft.discard();
  }
}

interface Checked extends SavableCassette {
  /** Whether there is a cassette already, which keeps its header. */
  readonly isAdded: boolean;
  readonly known: KnownFile | undefined;
}

/**
 * Finds out whether a cassette may be written and could be read again, and drafts what is new. Gives the bytes of all lines that
 * were looked at.
 *
 * @param named the payload files, which become more.
 */
async function check(
  path: string,
  { header, exchanges, isAdded, known }: Checked,
  draft: Draft,
  { secrets }: SaveCassetteOptions,
  named: Map<string, number>,
): Promise<number> {
  const gate = new SecretGate(secrets);
  const stored = payloadFiles(path);
  /** In files already. What is drafted is looked at as the body or item that it is. */
  const found: Uint8Array[] = [];
  const parser = new CassetteParser({
    sha256,
    checkOnly: true,
    readFile(file) {
      const drafted = draft.latest.get(file);
      const payload = drafted ?? stored(file);
      if (!drafted) found.push(payload);
      named.set(file, payload.length);
      return payload;
    },
  });
  let bytes = 0;
  const look = (line: string) => {
    gate.text(line);
    withPath(path, () => parser.line(line.slice(0, -1)));
    for (const payload of found.splice(0)) gate.payload(payload);
  };
  if (!isAdded) {
    look(headerLine(header));
    bytes += draft.line(headerLine(header));
  } else if (known) {
    withPath(path, () => parser.line(headerLine(header).slice(0, -1)));
  } else {
    for await (const line of existingLines(path)) {
      look(line);
      bytes += Buffer.byteLength(line);
    }
  }
  let since = 0;
  for (const exchange of exchanges) {
    const lines = exchangeLines(
      exchange,
      (payload) => draft.file(payload),
      (item) => gate.item(item),
    );
    for (const line of lines) {
      look(line);
      bytes += draft.line(line);
      // Other work of the process has its turn now and then.
      since += line.length + 64;
      if (since > 262_144) since = await setImmediate(0);
    }
    gate.itemsEnded();
    gate.payload(exchange.request.body);
  }
  gate.finish();
  withPath(path, () => parser.finish());
  return bytes;
}

async function exists(path: string): Promise<boolean> {
  return ((await orFileError("read", path, () => stateOf(path)))?.size ?? 0n) > 0n;
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

/**
 * @param isAdded whether what is there comes first.
 * @returns what can be seen of the new file from outside.
 */
async function replaceFile(path: string, draft: Draft, isAdded: boolean): Promise<FileState> {
  const made: string[] = [];
  try {
    await writePayloads(dirname(path), draft, made);
    return await writeWhole(path, (file) => writeLines(file, draft), { adds: isAdded });
  } catch (error) {
    for (const payloadPath of made) await rm(payloadPath, { force: true });
    throw error;
  }
}

/** @param made where the payload files are put that were not there before. */
async function writePayloads(folder: string, draft: Draft, made: string[]): Promise<void> {
  for (const [name, payload] of draft.payloads()) {
    const path = join(folder, name);
    if (await hasPayload(path, payload)) continue;
    made.push(path);
    await writePayloadFile(path, payload);
  }
}

/** Behind what is there, whose last line may lack its end. */
async function writeLines(file: FileHandle, draft: Draft): Promise<void> {
  let { size: at } = await file.stat();
  const last = Buffer.alloc(1);
  const isOpen = at > 0 && (await file.read(last, 0, 1, at - 1)).bytesRead === 1 && last[0] !== 0x0a;
  if (isOpen) at += (await file.write("\n", at)).bytesWritten;
  for (const piece of draft.pieces()) {
    for (let done = 0; done < piece.length;) {
      const { bytesWritten } = await file.write(piece, done, piece.length - done, at);
      done += bytesWritten;
      at += bytesWritten;
    }
  }
}
