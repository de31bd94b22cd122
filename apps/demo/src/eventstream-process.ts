import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A running `eventstream` command that printed where it listens. Disposing of it ends it, whatever it is doing. */
export interface RunningCommand extends AsyncDisposable {
  readonly url: string;
  /** Interrupts it as Ctrl-C would, and resolves with its exit code and what it said on stderr. */
  stop(): Promise<{ code: number | null; stderr: string }>;
}

const bin = fileURLToPath(new URL("../../recorder/src/bin.ts", import.meta.url));

/** Starts `eventstream <args> --json` as its own process and waits for its `{"url":"..."}` line. */
export async function startEventstream(args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunningCommand> {
  const child = spawn(process.execPath, ["--conditions=@eventstream-kit/source", bin, ...args, "--json"], {
    env: { ...process.env, ...env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exited = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  const url = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      resolve((JSON.parse(line) as { url: string }).url);
    });
    void exited.then((code) => reject(new Error(`eventstream ${args[0]} ended with exit code ${code}\n${stderr}`)));
  });
  return {
    url: await url,
    async stop() {
      child.kill("SIGINT");
      return { code: await exited, stderr };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Runs `eventstream <args>` to its end, and resolves to what it printed. */
export async function runEventstream(...args: string[]): Promise<string> {
  const argv = ["--conditions=@eventstream-kit/source", bin, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env: { ...process.env, NO_COLOR: "1" } });
  return stdout;
}
