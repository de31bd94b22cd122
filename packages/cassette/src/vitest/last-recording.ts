import { createHash } from "node:crypto";
import { lstat, mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { CassetteError } from "../errors.ts";
import { stateOf, type FileState } from "../node/known-files.ts";
import { writeWhole } from "../node/write-whole.ts";

/** A test, as it is the same when it is tried again or run in another project. */
export interface RecordingTest {
  /** Absolute. */
  readonly file: string;
  readonly name: string;
  /** Where it is in its file: two can have one name. */
  readonly place: string;
}

/** Which test made the recording that a cassette has now. */
interface Note extends RecordingTest {
  readonly cassette: Seen;
  /** The run of vitest. */
  readonly run: number;
}

/** A {@link FileState} in JSON. */
type Seen = Readonly<Record<keyof FileState, string>>;

/**
 * Test files run in processes or threads of their own, one after the other, which know nothing of each other but this: vitest's own
 * process, which is the parent of those, and has these.
 */
const run = isMainThread ? process.ppid : process.pid;

/** Of this process, which may have no folder for what others are to know. */
const notes = new Map<string, Note>();

/**
 * Throws if the recording in a cassette is one that another test has made in this run, and may need. What was recorded in a run before
 * is there to be replaced; so is what belongs to a test file that was changed since or is no more, as when vitest watches.
 *
 * @throws CassetteError `state`
 */
export async function refuseReplacing(path: string, test: RecordingTest): Promise<void> {
  const note = await noteOf(path);
  if (note?.run !== run || JSON.stringify(note.cassette) !== JSON.stringify(await seen(path))) return;
  if (note.file === test.file && note.place === test.place) return;
  // Both times are the file system's: a test may have a clock of its own.
  const source = await seen(note.file);
  if (!source || BigInt(source.mtimeNs) > BigInt(note.cassette.mtimeNs)) return;
  throw new CassetteError(
    "state",
    `Recording into ${path} for "${test.name}" of ${test.file}: another test has done so before, "${note.name}" of ${note.file}; expected a cassette of its own for each`,
    { path },
  );
}

/** Notes whose recording a cassette has, for {@link refuseReplacing}. */
export async function noteRecording(path: string, { file, name, place }: RecordingTest): Promise<void> {
  const cassette = await seen(path);
  if (!cassette) return;
  const note: Note = { file, name, place, cassette, run };
  notes.set(path, note);
  try {
    const text = JSON.stringify(note);
    await writeWhole(await notePath(path), (handle) => handle.writeFile(text));
  } catch {
    // The recording is there. Other processes only do not know whose it is.
  }
}

async function noteOf(path: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(await notePath(path), "utf8")) as Note;
  } catch {
    return notes.get(path);
  }
}

/** In a folder that nobody else can write into, though its name can be guessed. */
async function notePath(path: string): Promise<string> {
  const user = process.getuid?.();
  const folder = join(tmpdir(), `eventstream-recordings-${String(user ?? "own")}`);
  await mkdir(folder, { mode: 0o700 }).catch(() => {});
  const found = await lstat(folder);
  if (!found.isDirectory() || (user !== undefined && found.uid !== user))
    throw new Error(`${folder} is somebody else's`);
  return join(folder, `${createHash("sha256").update(path).digest("hex")}.json`);
}

async function seen(path: string): Promise<Seen | undefined> {
  const state = await stateOf(path).catch(() => undefined);
  if (!state) return undefined;
  const { dev, ino, size, mtimeNs } = state;
  return { dev: String(dev), ino: String(ino), size: String(size), mtimeNs: String(mtimeNs) };
}
