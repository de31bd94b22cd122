import type { ReadPayloadFile } from "@eventstream-kit/cassette";
import type { Command } from "commander";
import { cassetteFailure } from "./cassette-failure.ts";
import { filesOf, readText, replaceText, textOf } from "./cassette-texts.ts";
import { count } from "./call-log.ts";
import type { CommandContext } from "./command.ts";
import { environmentSecrets } from "./environment-secrets.ts";
import { RecorderError } from "./errors.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { inputOf, wholeOf } from "./input.ts";
import { maskedLine } from "./masked-line.ts";
import { payloadsOf } from "./payloads.ts";

/** A command that rewrites cassettes in place: `fmt`, `fix`, `redact`. */
export interface Rewriting {
  /** Names the schema of `--json`, and what is missing with `--check`. */
  readonly name: "fmt" | "fix" | "redact";
  /** The new text. Throws a CassetteError, or a RecorderError that names the file. */
  readonly rewrite: (text: string, readFile: ReadPayloadFile, file: string) => string;
  /**
   * For files that a new text alone does not do for: says whether it changes the file, and does so unless it only checks.
   * Undefined leaves the file to `rewrite`. Throws a RecorderError.
   */
  readonly rewriteFile?: (file: string, text: string, check: boolean) => Promise<boolean | undefined>;
}

interface Options {
  readonly check?: true;
  readonly json?: true;
}

export function addRewritingOptions(command: Command): Command {
  return command
    .argument("[paths...]", "files, or folders of *.cassette.jsonl; - is a filter")
    .option("--check", "change nothing; exit 3 if something would change")
    .option("--json", "print one JSON object instead of names");
}

/**
 * Rewrites every file and prints the names of those that change (or, with `--check`, would). A file that is no cassette, or may
 * not be written, does not keep the others from being rewritten; it is reported, and the worst decides the exit code.
 */
export async function rewriteFiles(
  { name, rewrite, rewriteFile }: Rewriting,
  command: Command,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const { check, json } = command.opts<Options>();
  if (command.args[0] === "-") return filter(rewrite, command, context);
  const paths = command.args.length > 0 ? command.args : [await context.config.dir(context.env)];

  const secrets = environmentSecrets(context.env);
  const results: { file: string; changed: boolean; error?: string }[] = [];
  let exitCode: number = exitCodes.success;
  for (const file of await filesOf(paths)) {
    try {
      const text = await readText(file);
      let changed = await rewriteFile?.(file, text, check ?? false);
      if (changed === undefined) {
        const next = rewritten(rewrite, text, file, payloadsOf(file));
        changed = next !== text;
        if (changed && !check) await replaceText(file, next);
      }
      results.push({ file, changed });
      if (!changed) terminal.detail(`unchanged  ${file}`);
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error;
      // It quotes what it found.
      const message = maskedLine(error.message, secrets);
      terminal.say(`${terminal.colors.red("error:")} ${message}`);
      if (error.hint !== undefined) terminal.say(terminal.colors.dim(error.hint));
      results.push({ file, changed: false, error: message });
      exitCode = Math.max(exitCode, exitCodeOf(error));
    }
  }
  const changes = results.filter(({ changed }) => changed);
  if (json) {
    const result = { schema: `eventstream/${name}`, version: 1, check: check ?? false, files: results };
    await terminal.conclude([JSON.stringify(result)]);
  } else {
    await terminal.conclude(changes.map(({ file }) => file));
  }
  if (!check || changes.length === 0) return exitCode;
  terminal.note(`${count(changes.length, "file")} would change: eventstream ${name} does it`);
  return Math.max(exitCode, exitCodes.found);
}

async function filter(rewrite: Rewriting["rewrite"], command: Command, context: CommandContext): Promise<number> {
  const input = inputOf(command, context);
  if (!input) return exitCodes.usage;
  const text = textOf(await wholeOf(input), "(standard input)");
  const changed = rewritten(rewrite, text, "(standard input)", payloadsOf(undefined));
  if (command.opts<Options>().check) return changed === text ? exitCodes.success : exitCodes.found;
  await context.terminal.stdout.write(changed);
  return exitCodes.success;
}

function rewritten(rewrite: Rewriting["rewrite"], text: string, file: string, readFile: ReadPayloadFile): string {
  try {
    return rewrite(text, readFile, file);
  } catch (cause) {
    throw cassetteFailure(cause, file);
  }
}
