import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** A process of the bench, with the address it printed. Every part has its own: none shares a thread with another. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Everything it said on standard error so far. */
  readonly errors: () => string;
  /** Resolves when that fulfils a condition. */
  said(isEnough: (errors: string) => boolean): Promise<void>;
  /** Interrupts it as Ctrl-C does and waits for its end. */
  stop(): Promise<number | null>;
}

const source = "--conditions=@eventstream-kit/source";

/** Starts a script of this folder that prints `{"url":"..."}`. */
export function startScript(script: string, ...args: string[]): Promise<Server> {
  return startServer(process.execPath, [source, new URL(script, import.meta.url).pathname, ...args]);
}

/** Starts a command. Its address is in its first line, or given when it prints none. */
export async function startServer(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly url?: string; readonly cwd?: string } = {},
): Promise<Server> {
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  const waiting = new Set<() => void>();
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
    for (const look of waiting) look();
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  void exited.finally(() => process.off("exit", kill)).catch(() => {});
  return {
    url: options.url ?? (await firstUrl(child, exited, () => errors)),
    pid: child.pid!,
    errors: () => errors,
    said: (isEnough) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!isEnough(errors)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void exited.then(() => reject(new Error(`${command} ended early\n${errors}`)), reject);
      }),
    stop() {
      child.kill("SIGINT");
      return exited;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function firstUrl(child: ChildProcess, exited: Promise<unknown>, errors: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once("line", (line) =>
      resolve((JSON.parse(line) as { url: string }).url),
    );
    exited.then(() => reject(new Error(`${child.spawnargs.join(" ")} ended early\n${errors()}`)), reject);
  });
}

/** Time that a process has had a processor, with all its threads, in milliseconds. */
export function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  // In ticks of 10 ms (proc_pid_stat(5), utime and stime).
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Memory of a process in MB, as Linux tells it. */
export const memory = {
  /** What it has now. */
  resident: (pid: number) => status(pid, "VmRSS"),
  /** The most it had since {@link memory.resetPeak}. */
  peak: (pid: number) => status(pid, "VmHWM"),
  resetPeak: (pid: number) => writeFileSync(`/proc/${pid}/clear_refs`, "5"),
};

function status(pid: number, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (!match) throw new Error(`Reading the memory of process ${pid}: found no ${field}; expected Linux's /proc`);
  return Number(match[1]) / 1000;
}
