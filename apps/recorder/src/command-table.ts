import type { CommandModule } from "./command.ts";

export interface CommandEntry {
  readonly summary: string;
  /** True when `-- command args` starts a command; elsewhere `--` only ends the options. */
  readonly runsChild?: true;
  load(): Promise<CommandModule>;
}

/** Every command. Only the one asked for is loaded. */
export const commands: Readonly<Record<string, CommandEntry>> = {
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
  redact: {
    summary: "mask secrets in cassettes that are there",
    load: async () => (await import("./commands/redact.ts")).redact,
  },
  decode: {
    summary: "print event-stream bytes as JSON lines",
    load: async () => (await import("./commands/decode.ts")).decode,
  },
  encode: {
    summary: "turn JSON lines back into event-stream bytes",
    load: async () => (await import("./commands/encode.ts")).encode,
  },
  convert: {
    summary: "turn recordings of other tools into cassettes, and cassettes into theirs",
    load: async () => (await import("./commands/convert.ts")).convert,
  },
  doctor: {
    summary: "find out why recording might not work here",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  completion: {
    summary: "print a script with which a shell completes the command line",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  config: {
    summary: "show the settings, and where each comes from",
    load: async () => (await import("./commands/config.ts")).config,
  },
};
