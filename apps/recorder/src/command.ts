import type { Command } from "commander";
import type { ConfigReader } from "./config.ts";
import type { Environment, Terminal } from "./terminal.ts";

/** What the frame gives a command to run with. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly env: Environment;
  readonly process: NodeJS.Process;
  /** The config file. Options that are settings have its values already. */
  readonly config: ConfigReader;
  /** What stood after `--`, for commands that can run another one. */
  readonly child: readonly string[] | undefined;
}

/** One file in `commands/`: its arguments and options, and what it does. Errors are thrown, never printed there. */
export interface CommandModule {
  define(command: Command): void;
  /** Resolves to the exit code. */
  run(command: Command, context: CommandContext): Promise<number>;
}
