import { InvalidArgumentError, Option, type Command } from "commander";
import type { CommandContext, CommandModule } from "../command.ts";
import { compare } from "../compare/compare.ts";
import { comparisonText } from "../compare/comparison-text.ts";
import { RecorderError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { inputOf, wholeOf } from "../input.ts";
import { inspectFile, type Inspection } from "../inspect/inspection.ts";
import { repeated } from "../option-values.ts";

interface Options {
  readonly ignore?: readonly string[];
  readonly timing?: true;
  readonly json?: true;
}

/** `eventstream diff`: what changed in meaning from one recording to another. */
export const diff: CommandModule = {
  define(command) {
    command
      .argument("<a>", "cassette or event-stream bytes; - reads standard input")
      .argument("<b>", "the same")
      .addOption(
        new Option("--ignore <pointer>", "a value in JSON that may differ, such as /p; repeat for more").argParser(
          repeated(parsePointer),
        ),
      )
      .addOption(new Option("--timing", "compare timing and chunks, too"))
      .addOption(new Option("--ignore-timing", "do not (the default)").conflicts("timing"))
      .option("--json", "print one JSON object")
      .addHelpText(
        "after",
        `
Compares requests, responses, frames and the text that a function wrote. How
JSON is written, and who recorded it when, does not count.
Exit code: 0 when they are the same, 3 when they differ.

Example:
  $ git show HEAD:chat.cassette.jsonl | eventstream diff - chat.cassette.jsonl`,
      );
  },

  async run(command, context) {
    const { ignore = [], timing = false, json } = command.opts<Options>();
    const [a = "", b = ""] = command.args;
    if (a === "-" && b === "-") throw new RecorderError("usage", "Only one side can be standard input");
    const [left, right] = [await read(a, command, context), await read(b, command, context)];
    if (!left || !right) return exitCodes.usage;
    const comparison = compare(left, right, { ignore: new Set(ignore), timing });
    const { terminal } = context;
    await terminal.conclude(
      json ? [JSON.stringify(comparison)] : comparisonText(comparison, [a, b], terminal.dataColors),
    );
    return comparison.equal ? exitCodes.success : exitCodes.found;
  },
};

async function read(file: string, command: Command, context: CommandContext): Promise<Inspection | undefined> {
  const input = inputOf(command, context, file);
  return input && inspectFile(file, await wholeOf(input));
}

function parsePointer(text: string): string {
  if (!text.startsWith("/")) throw new InvalidArgumentError("Expected a JSON Pointer such as /p");
  return text;
}
