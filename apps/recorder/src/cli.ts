import { Command, CommanderError, Option } from "commander";
import type { CommandModule } from "./command.ts";
import { messageOf, RecorderError } from "./errors.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { createTerminal, isBrokenPipe, type Terminal } from "./terminal.ts";
import { version } from "./version.ts";

interface CommandEntry {
  readonly summary: string;
  /** True when `-- command args` starts a command; elsewhere `--` only ends the options. */
  readonly runsChild?: true;
  load(): Promise<CommandModule>;
}

/** Every command. Only the one asked for is loaded. */
const commands: Readonly<Record<string, CommandEntry>> = {
  record: {
    summary: "record calls to AWS into cassettes, through a local endpoint",
    runsChild: true,
    load: async () => (await import("./commands/record.ts")).record,
  },
  replay: {
    summary: "answer from cassettes",
    runsChild: true,
    load: async () => (await import("./commands/replay.ts")).replay,
  },
  serve: {
    summary: "run an emulated Lambda with your functions",
    runsChild: true,
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  invoke: {
    summary: "call a Lambda function and print its stream as it arrives",
    load: async () => (await import("./commands/invoke.ts")).invoke,
  },
  inspect: {
    summary: "show frames, timing and damage of a cassette or a stream",
    load: async () => (await import("./commands/inspect.ts")).inspect,
  },
  check: {
    summary: "find damage, secrets and leftovers in cassettes",
    load: async () => (await import("./commands/check.ts")).check,
  },
  diff: {
    summary: "say what changed from one recording to another",
    load: async () => (await import("./commands/diff.ts")).diff,
  },
  fmt: {
    summary: "give cassettes their canonical form",
    load: async () => (await import("./commands/fmt.ts")).fmt,
  },
  fix: {
    summary: "bring cassettes up to date after editing them",
    load: async () => (await import("./commands/fix.ts")).fix,
  },
  decode: {
    summary: "print event-stream bytes as JSON lines",
    load: async () => (await import("./commands/decode.ts")).decode,
  },
  encode: {
    summary: "turn JSON lines back into event-stream bytes",
    load: async () => (await import("./commands/encode.ts")).encode,
  },
};

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
  const exitCode = await run(line, terminal, process).catch((error: unknown) => {
    // The reader has what it wanted.
    if (isBrokenPipe(error)) return exitCodes.success;
    const code = report(error, terminal, line.own);
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
  const asked = argv.filter((arg) => !arg.startsWith("-"));
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
    for (const line of shortHelp.trimEnd().split("\n")) terminal.note(line);
    return exitCodes.usage;
  }

  let exitCode: number = exitCodes.success;
  const program = frame(terminal, process);
  for (const [known, entry] of Object.entries(commands)) {
    const command = program
      .command(known)
      .summary(entry.summary)
      .description(`${capital(entry.summary)}.`);
    // What the program was told about help, output and errors holds for its commands too.
    command.copyInheritedSettings(program);
    if (known !== name) continue;
    const module = await entry.load();
    module.define(command);
    command.action(async () => {
      exitCode = await module.run(command, { terminal, env: { ...process.env }, process, child });
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

function frame(terminal: Terminal, process: NodeJS.Process): Command {
  const { bold } = terminal.colors;
  return new Command("eventstream")
    .description("Record AWS event streams byte for byte, and replay them in tests.")
    .version(version(), "-V, --version", "print the version")
    .addOption(new Option("--no-color", "no colours, whatever the terminal"))
    .addOption(new Option("--debug", "print stack traces"))
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", "\nExample:\n  $ eventstream record --out cassettes -- node app.js")
    .configureHelp({ styleTitle: (title) => bold(title), showGlobalOptions: false })
    .configureOutput({
      // Wider is harder to read, and help is quoted in documents.
      getOutHelpWidth: () => Math.min(80, process.stdout.columns ?? 80),
      outputError: () => {},
    })
    .showHelpAfterError(false)
    .exitOverride();
}

/** The only place that prints an error. Returns its exit code. */
function report(error: unknown, terminal: Terminal, argv: readonly string[]): number {
  const { red, dim } = terminal.colors;
  const say = (message: string) => terminal.note(`${red("error:")} ${message}`);
  if (error instanceof CommanderError) {
    say(capital(error.message.replace(/^error: /, "")));
    terminal.note(dim("Run eventstream --help, or eventstream help <command>, for how to use it"));
    return exitCodes.usage;
  }
  if (error instanceof RecorderError) {
    say(error.message);
    if (error.hint !== undefined) terminal.note(dim(error.hint));
  } else {
    say(`Unexpected failure: ${messageOf(error)}`);
    if (!argv.includes("--debug")) terminal.note(dim("Run again with --debug for the stack trace"));
  }
  if (argv.includes("--debug") && error instanceof Error) terminal.note(dim(error.stack ?? ""));
  return exitCodeOf(error);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
