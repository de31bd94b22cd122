import { spawn, spawnSync } from "node:child_process";
import { bin } from "./eventstream.ts";

/** Why a test is skipped where nothing makes a terminal. */
export const noScript = "script is not installed";

export const hasScript = (): boolean => spawnSync("script", ["--version"]).status === 0;

/** Runs `eventstream` on a terminal that does not say how wide it is, as those of containers and build machines. */
export async function onTerminal(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const none: Record<string, undefined> = {
    CI: undefined,
    FORCE_COLOR: undefined,
    NO_COLOR: undefined,
    NODE_OPTIONS: undefined,
  };
  const inherited = { ...process.env, AWS_CONFIG_FILE: "none", AWS_SHARED_CREDENTIALS_FILE: "none", ...none };
  const command = [process.execPath, bin, ...args].join(" ");
  const terminal = spawn("script", ["-qefc", command, "/dev/null"], { env: { ...inherited, ...env } });
  let output = "";
  terminal.stdout.on("data", (data: Buffer) => (output += data.toString()));
  const code = await new Promise<number | null>((resolve) => terminal.once("close", resolve));
  return { code, output };
}
