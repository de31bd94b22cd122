import picocolors from "picocolors";
import type { Argument, Command, Option } from "commander";
import { commands } from "../command-table.ts";
import { addCommand, createProgram } from "../program.ts";

/** What can be typed after `eventstream`, as all shells need it. */
export interface CompletionModel {
  readonly commands: readonly CompletedCommand[];
  /** Options that every command takes. */
  readonly options: readonly CompletedOption[];
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What its arguments can be: these words, or files when there are none. */
  readonly words: readonly string[];
}

export interface CompletedOption {
  /** `--port`, and `-f` before it when there is one. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined for an option that takes no value. */
  readonly value?: { readonly words: readonly string[]; readonly isPath: boolean };
}

/** Everything the one table of commands defines: nothing about an option is written twice. */
export async function completionModel(): Promise<CompletionModel> {
  const program = createProgram({ colors: picocolors.createColors(false), columns: 80 });
  const completed: CompletedCommand[] = [];
  for (const [name, entry] of Object.entries(commands)) {
    const command = addCommand(program, name, await entry.load());
    completed.push(completedCommand(name, entry.summary, command));
  }
  const words = Object.keys(commands);
  completed.push({ name: "help", summary: "print the help of a command", options: [], words });
  return { commands: completed, options: [...program.options, ...helpOption].map(completedOption) };
}

const helpOption: readonly Pick<Option, "short" | "long" | "description" | "required" | "optional" | "flags">[] = [
  { short: "-h", long: "--help", description: "print help", required: false, optional: false, flags: "-h, --help" },
];

function completedCommand(name: string, summary: string, { options, registeredArguments }: Command): CompletedCommand {
  return { name, summary, options: options.map(completedOption), words: wordsOf(registeredArguments) };
}

function wordsOf(args: readonly Argument[]): readonly string[] {
  return args.flatMap(({ argChoices }) => argChoices ?? []);
}

function completedOption(option: (typeof helpOption)[number] & { readonly argChoices?: string[] }): CompletedOption {
  const { short, long, description, required, optional, argChoices = [], flags } = option;
  // Other paths are those of requests, and those in JSON.
  const isPath = long === "--out" || /<(file|name=path)>/.test(flags);
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    ...(required || optional ? { value: { words: argChoices, isPath } } : {}),
  };
}
