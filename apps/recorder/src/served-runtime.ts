import { LambdaEmulatorError } from "@eventstream-kit/lambda-emulator";
import { runtimeProcess, type RuntimeProcess } from "@eventstream-kit/lambda-emulator/node";
import { InvalidArgumentError } from "commander";
import type { CommandContext } from "./command.ts";
import { RecorderError } from "./errors.ts";

/** A function that the command after `--` serves. */
export interface ServedRuntime {
  readonly name: string;
  readonly code: RuntimeProcess;
}

export function parseRuntimeName(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(text)) throw new InvalidArgumentError("Expected 1 to 64 letters, digits, - or _");
  return text;
}

/** The runtime of `--runtime`. Nothing is started before its function is invoked; what it prints goes to standard error. */
export function startRuntime(name: string, handler: string, { child, process }: CommandContext): ServedRuntime {
  const [command, ...args] = child ?? [];
  if (command === undefined) {
    throw new RecorderError("usage", `There is no command that serves '${name}'; expected -- command args`);
  }
  try {
    const onOutput = (text: string) => void process.stderr.write(text);
    return { name, code: runtimeProcess({ command, args, handler, cwd: process.cwd(), onOutput }) };
  } catch (cause) {
    if (!(cause instanceof LambdaEmulatorError)) throw cause;
    throw new RecorderError("usage", cause.message, { cause });
  }
}
