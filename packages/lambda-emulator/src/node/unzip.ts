import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";

/** The most that a function's files may have, in bytes: 250 MiB. */
const mostBytes = 262_144_000;

/**
 * Writes the files of a zip into a directory. Links are no links and every file is executable: what a zip says of
 * permissions is not read.
 *
 * @throws {Error} whose message is what Lambda says of a zip that it cannot take
 */
export async function unzip(zip: Uint8Array, directory: string): Promise<void> {
  for (const [name, bytes] of Object.entries(filesOf(zip))) {
    // Directories have entries of their own, or none.
    if (name.endsWith("/")) continue;
    const path = join(directory, name);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes, { mode: 0o755 });
    } catch (cause) {
      throw impossibleNames.has((cause as NodeJS.ErrnoException).code) ? unreadable(cause) : cause;
    }
  }
}

/** What the system says of a name that is too long, or is a directory in another one. All else is no fault of the zip. */
const impossibleNames: ReadonlySet<unknown> = new Set(["EEXIST", "EINVAL", "EISDIR", "ENAMETOOLONG", "ENOTDIR"]);

function filesOf(zip: Uint8Array): Readonly<Record<string, Uint8Array>> {
  let size = 0;
  let packedSize = 0;
  let isTooLarge = false;
  let isSafe = true;
  let files: Readonly<Record<string, Uint8Array>>;
  try {
    files = unzipSync(zip, {
      filter: ({ name, originalSize, size: packed }) => {
        size += originalSize;
        isTooLarge ||= size > mostBytes;
        packedSize += packed;
        // Files that share their bytes make many of few, whatever they say of their sizes.
        isSafe &&= isInside(name) && packedSize <= zip.length;
        return isSafe && !isTooLarge;
      },
    });
  } catch (cause) {
    throw unreadable(cause);
  }
  if (isTooLarge) throw new Error(`Unzipped size must be smaller than ${String(mostBytes)} bytes`);
  if (!isSafe) throw unreadable();
  return files;
}

/** False for a name that could reach out of the directory, or is the directory's own. */
function isInside(name: string): boolean {
  return !/^[/\\]|^[a-z]:|\\|\0|^\.?$/i.test(name) && !name.split("/").includes("..");
}

function unreadable(cause?: unknown): Error {
  return new Error("Could not unzip uploaded file. Please check your file, then try to upload again.", { cause });
}
