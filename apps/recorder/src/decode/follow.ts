import { open } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { messageOf, RecorderError } from "../errors.ts";

/** How often a file is looked at, in milliseconds. Watching does not work on every file system. */
const interval = 100;

/** The bytes of a file, and those that are added to it, until the signal is aborted. */
export async function* followed(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let position = 0;
  try {
    await using handle = await open(file);
    while (true) {
      const buffer = Buffer.allocUnsafe(65_536);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      position += bytesRead;
      if (bytesRead > 0) {
        yield buffer.subarray(0, bytesRead);
        continue;
      }
      if (signal.aborted) return;
      if ((await handle.stat()).size < position) {
        throw new RecorderError(
          "integrity",
          `${file} has become shorter than the ${position} bytes that were read of it`,
        );
      }
      await setTimeout(interval, undefined, { signal }).catch(() => undefined);
    }
  } catch (cause) {
    if (cause instanceof RecorderError) throw cause;
    throw new RecorderError("file", `Reading ${file} failed: ${messageOf(cause)}`, { cause });
  }
}
