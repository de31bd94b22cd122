import { once } from "node:events";
import { isatty } from "node:tty";
import picocolors from "picocolors";
import { withoutUserInfo } from "./without-user-info.ts";

export type Colors = ReturnType<typeof picocolors.createColors>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Standard output, which carries data only. */
export interface DataOutput {
  /** Resolves when more may be written. Rejects with the stream's own error, such as `EPIPE`. */
  write(data: string | Uint8Array): Promise<void>;
}

/** Where a command reads and writes. What is said to people goes to standard error. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: DataOutput;
  /** For standard error. */
  readonly colors: Colors;
  /** For standard output, where people read it. */
  readonly dataColors: Colors;
  /** How wide a line of standard output may be; 100 where it is no terminal, or one that does not say. */
  readonly columns: number;
  /** True when standard error is a terminal that understands cursor movement: live lines make sense. */
  readonly live: boolean;
  /**
   * Prints lines of data about what is known already. A reader who has gone, as that of `| head`, changes nothing: the exit
   * code is to say it all the same.
   */
  conclude(lines: Iterable<string>): Promise<void>;
  /** A line that is always there: what went wrong, and what was asked for. Clears the live lines first. */
  say(line?: string): void;
  /** A line about what is being done: not with `--quiet`. */
  note(line?: string): void;
  /** A line about how: with `--verbose` only. */
  detail(line: string): void;
  /** Replaces the live lines, below everything else, or removes them. Does nothing unless {@link live}. */
  status(lines?: readonly string[]): void;
  /** From now on every line, also a live one, is shown as this makes it. Users and passwords in URLs never are. */
  mask(by: (line: string) => string): void;
}

/** A terminal that is narrower gets lines as wide as this, which it wraps. */
const narrowest = 40;

/**
 * Colour only on a terminal, and not with `NO_COLOR` (https://no-color.org: any non-empty value), `TERM=dumb` or
 * `--no-color`. `FORCE_COLOR` wins over what the stream is, not over what the user said.
 */
export function wantsColor(isTerminal: boolean, env: Environment, argv: readonly string[]): boolean {
  if (argv.includes("--no-color") || env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] !== undefined) return env["FORCE_COLOR"] !== "0" && env["FORCE_COLOR"] !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}

export function createTerminal(process: NodeJS.Process, argv: readonly string[]): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const isTerminal = isatty(stderr.fd);
  const live = isTerminal && env["TERM"] !== "dumb";
  const quiet = argv.includes("--quiet") || argv.includes("-q");
  const verbose = argv.includes("--verbose");
  let masked = withoutUserInfo;
  /** How many live lines there are; the cursor is at the end of the last. */
  let shown = 0;
  const clear = () => {
    if (shown > 0) stderr.write(`\r\x1b[K${"\x1b[1A\x1b[K".repeat(shown - 1)}`);
    shown = 0;
  };

  /** On one terminal, data that ends within a line would have what is said behind it. */
  const shareScreen = isTerminal && isatty(stdout.fd);
  let lineIsOpen = false;

  const say = (line = "") => {
    clear();
    if (lineIsOpen) stderr.write("\n");
    lineIsOpen = false;
    stderr.write(`${masked(line)}\n`);
  };

  // A write to a closed pipe fails later, as an event: keep the error, so that the next write reports it.
  let broken: Error | undefined;
  stdout.on("error", (error) => (broken = error));
  // Nobody is left to tell.
  stderr.on("error", () => {});

  const write = async (data: string | Uint8Array) => {
    if (broken) throw broken;
    if (shareScreen && data.length > 0) lineIsOpen = data.at(-1) !== (typeof data === "string" ? "\n" : 0x0a);
    if (!stdout.write(data)) await once(stdout, "drain");
  };

  return {
    stdin,
    colors: picocolors.createColors(wantsColor(isTerminal, env, argv)),
    dataColors: picocolors.createColors(wantsColor(isatty(stdout.fd), env, argv)),
    columns: Math.max(narrowest, stdout.columns || 100),
    live,
    stdout: { write },
    async conclude(lines) {
      try {
        for (const line of lines) await write(`${line}\n`);
      } catch (error) {
        if (!isBrokenPipe(error)) throw error;
      }
    },
    say,
    note(line) {
      if (!quiet) say(line);
    },
    detail(line) {
      if (verbose) say(line);
    },
    status(lines = []) {
      if (!live || quiet || (lines.length === 0 && shown === 0)) return;
      // Lines that were wrapped, or pushed out at the top, could not be removed again.
      const room = Math.max(1, (stderr.rows || 24) - 1);
      const width = Math.max(1, (stderr.columns || 80) - 1);
      const fitting =
        lines.length <= room ? lines : [...lines.slice(0, room - 1), `and ${lines.length - room + 1} more`];
      clear();
      stderr.write(fitting.map((line) => masked(line).slice(0, width)).join("\n"));
      shown = fitting.length;
    },
    mask(by) {
      masked = (line) => by(withoutUserInfo(line));
    },
  };
}

/** True for the error of writing to a pipe whose reader has gone: what `| head` does. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
}
