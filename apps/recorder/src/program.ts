import { Command, Option } from "commander";
import { commands } from "./command-table.ts";
import type { CommandModule } from "./command.ts";
import type { Colors } from "./terminal.ts";
import { version } from "./version.ts";

/** How help is laid out. */
export interface ProgramOptions {
  /** For standard output. */
  readonly colors: Colors;
  readonly columns: number;
}

/** The command line without what its commands take: see {@link addCommand}. */
export function createProgram({ colors, columns }: ProgramOptions): Command {
  return new Command("eventstream")
    .description("Record AWS event streams byte for byte, and replay them in tests.")
    .version(version(), "-V, --version", "print the version")
    .addOption(new Option("--config <file>", "settings (default: eventstream.config.json, where there is one)"))
    .addOption(new Option("-q, --quiet", "say nothing but what went wrong").conflicts("verbose"))
    .addOption(new Option("--verbose", "say more"))
    .addOption(new Option("--debug", "print stack traces"))
    .addOption(new Option("--no-color", "no colours, whatever the terminal"))
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", "\nExample:\n  $ eventstream record --out cassettes -- node app.js")
    .configureHelp({ styleTitle: (title) => colors.bold(title), showGlobalOptions: false })
    .configureOutput({
      // Wider is harder to read, and help is quoted in documents.
      getOutHelpWidth: () => Math.min(79, columns),
      outputError: () => {},
    })
    .showHelpAfterError(false)
    .exitOverride();
}

/** Adds a command of the table; with its module, what it takes as well. */
export function addCommand(program: Command, name: string, module?: CommandModule): Command {
  const { summary } = commands[name]!;
  const command = program
    .command(name)
    .summary(summary)
    .description(`${capital(summary)}.`);
  // What the program was told about help, output and errors holds for its commands too.
  command.copyInheritedSettings(program);
  module?.define(command);
  return command;
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
