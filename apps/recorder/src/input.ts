import { createReadStream } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { messageOf, RecorderError } from "./errors.ts";

/**
 * The bytes of `[file|-]`, the first argument unless said otherwise: chunk by chunk, as they arrive. Undefined when
 * they would have to be typed: standard input is a terminal and no file was named. The command's help has then been
 * printed.
 */
export function inputOf(
  command: Command,
  context: CommandContext,
  file: string | undefined = command.args[0],
): AsyncIterable<Uint8Array> | undefined {
  if (file !== undefined && file !== "-") return fileChunks(file);
  if (!context.terminal.stdin.isTTY) return context.terminal.stdin;
  // Laid out for standard output, whose colours are not those of standard error.
  context.terminal.say(stripVTControlCharacters(command.helpInformation()).trimEnd());
  return undefined;
}

/** The file that `inputOf` reads; undefined for standard input. */
export function inputFile(command: Command): string | undefined {
  const [file] = command.args;
  return file === "-" ? undefined : file;
}

export async function* fileChunks(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EISDIR") {
      throw new RecorderError("file", `${file} is a folder; expected a file, such as one in it`, { cause });
    }
    throw new RecorderError("file", `Reading ${file} failed: ${messageOf(cause)}`, { cause });
  }
}

/** All of it. */
export async function wholeOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
