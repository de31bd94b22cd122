import { execFile } from "node:child_process";
import process from "node:process";

/** Why something is not run on this machine. */
export class Skip extends Error {
  override readonly name: string = "Skip";
}

/** Runs a program to its end and returns what it printed; all of that is the error when it fails. */
export function start(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const env = { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1", NODE_OPTIONS: "" };
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { ...options, env, timeout: 180_000, maxBuffer: 64 * 1024 * 1024, encoding: "utf8" },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout || stderr);
        else reject(new Error(`${program} ${args.join(" ")}: ${error.message}\n${stdout}${stderr}`, { cause: error }));
      },
    );
  });
}
