import { CommanderError } from "commander";
import { commands } from "./command-table.ts";
import { configReader } from "./config.ts";
import { environmentSecrets } from "./environment-secrets.ts";
import { messageOf, RecorderError } from "./errors.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { printable } from "./inspect/printable.ts";
import { addCommand, capital, createProgram } from "./program.ts";
import { createTerminal, isBrokenPipe, type Environment, type Terminal } from "./terminal.ts";

const shortHelp = `Usage: eventstream <command> [options]

Record AWS event streams byte for byte, and replay them in tests.

  eventstream record --out cassettes -- node app.js   record what app.js calls
  eventstream replay cassettes -- npm test            answer from the recording

Run eventstream --help for all commands.
`;

/** Runs the command line and ends the process: the only place that does. */
export async function main(process: NodeJS.Process = globalThis.process): Promise<never> {
  const line = split(process.argv.slice(2));
  const terminal = createTerminal(process, line.own);
  const exitCode = await run(line, terminal, process).catch(async (error: unknown) => {
    // The reader has what it wanted.
    if (isBrokenPipe(error)) return exitCodes.success;
    const code = await report(error, terminal, line, process.env);
    return line.child && code === exitCodes.failure ? exitCodes.failureBesideChild : code;
  });
  // What a user's function or a closed connection left behind must not keep the process; what was written must go out.
  await new Promise((resolve) => process.stdout.write("", resolve));
  process.exit(exitCode);
}

interface CommandLine {
  readonly own: readonly string[];
  /** The command asked for, if it is one. */
  readonly name: string | undefined;
  /** What stood after `--`, for commands that can run another one. */
  readonly child: readonly string[] | undefined;
}

function split(argv: readonly string[]): CommandLine {
  // `--config` is the one option before the command whose value stands apart.
  const asked = argv.filter((arg, index) => !arg.startsWith("-") && argv[index - 1] !== "--config");
  // What cannot be explained is refused like any other command that is none.
  if (asked[0] === "help" && asked[1] !== undefined && asked[1] !== "help" && !Object.hasOwn(commands, asked[1])) {
    return { own: argv.filter((arg) => arg !== "help"), name: undefined, child: undefined };
  }
  // Commander takes this for a mistake.
  if (asked[0] === "help" && asked[1] === "help") return { own: ["--help"], name: undefined, child: undefined };
  const name = asked[0] === "help" ? asked[1] : asked[0];
  const entry = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  const cut = entry?.runsChild ? argv.indexOf("--") : -1;
  return {
    own: cut === -1 ? argv : argv.slice(0, cut),
    name: entry && name,
    child: cut === -1 ? undefined : argv.slice(cut + 1),
  };
}

async function run({ own, name, child }: CommandLine, terminal: Terminal, process: NodeJS.Process): Promise<number> {
  if (own.length === 0) {
    for (const line of shortHelp.trimEnd().split("\n")) terminal.say(line);
    return exitCodes.usage;
  }

  let exitCode: number = exitCodes.success;
  const program = createProgram({ colors: terminal.dataColors, columns: terminal.columns });
  for (const [known, entry] of Object.entries(commands)) {
    const module = known === name ? await entry.load() : undefined;
    const command = addCommand(program, known, module);
    if (!module) continue;
    command.action(async () => {
      const config = configReader(process.cwd(), program.opts<{ config?: string }>().config);
      await config.applyTo(command);
      exitCode = await module.run(command, { terminal, env: { ...process.env }, process, child, config });
    });
  }

  try {
    await program.parseAsync(own, { from: "user" });
  } catch (error) {
    // Help and version are no errors; they end the parsing this way.
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.success;
    throw error;
  }
  return exitCode;
}

/**
 * The only place that prints an error that ends a command: without credentials, and without what a terminal would obey, for
 * errors quote what was read. Resolves to its exit code.
 */
async function report(
  error: unknown,
  terminal: Terminal,
  { own: argv, name }: CommandLine,
  env: Environment,
): Promise<number> {
  // Loaded late: what it needs is half of the time in which a command starts.
  const { maskedLine } = await import("./masked-line.ts");
  const shown = (text: string) => maskedLine(text.split("\n").map(printable).join("\n"), environmentSecrets(env));
  const { red, dim } = terminal.colors;
  const say = (message: string) => terminal.say(`${red("error:")} ${shown(message)}`);
  if (error instanceof CommanderError) {
    say(capital(error.message.replace(/^error: /, "")));
    terminal.say(dim(`Run eventstream ${name === undefined ? "" : `${name} `}--help for how to use it`));
    return exitCodes.usage;
  }
  if (error instanceof RecorderError) {
    say(error.message);
    if (error.hint !== undefined) terminal.say(dim(error.hint));
  } else {
    say(`Unexpected failure: ${messageOf(error)}`);
    if (!argv.includes("--debug")) terminal.say(dim("Run again with --debug for the stack trace"));
  }
  if (argv.includes("--debug")) for (const stack of stacksOf(error)) terminal.say(dim(shown(stack)));
  return exitCodeOf(error);
}

/** Of an error and of its causes. */
function stacksOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  return [error.stack ?? "", ...stacksOf(error.cause).map((stack) => `caused by ${stack}`)];
}
