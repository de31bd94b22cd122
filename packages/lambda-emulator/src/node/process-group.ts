import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import process from "node:process";
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { Exit } from "./exit-reason.ts";

/** A process and whatever it starts itself. */
export interface ProcessGroup {
  /** Resolves when the process has ended, or could not be started, and everything it printed has been heard. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Ends it at once, with everything it started. */
  kill(): void;
}

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it prints, on either output, as text. */
  readonly onOutput: (text: string) => void;
}

const groups = process.platform !== "win32";
const alive = new Set<ProcessGroup>();

/** Milliseconds that outputs may stay open after the process, held by something that left its group. */
const lateOutputMs = 1000;

/** Starts a command in a process group of its own, so that nothing it starts outlives it. */
export function startProcess({ command, args, cwd, env, onOutput }: ProcessOptions): ProcessGroup {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: groups });
  const outputs = [child.stdout, child.stderr];
  for (const output of outputs) {
    output.setEncoding("utf8");
    output.on("data", onOutput);
  }
  let ended = false;
  const kill = () => {
    if (!ended) killGroup(child);
  };
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("exit", (code, signal) => {
      kill();
      ended = true;
      const timer = setTimeout(() => outputs.forEach((output) => output.destroy()), lateOutputMs);
      // Comes when both outputs have been read to their end.
      child.once("close", () => {
        clearTimeout(timer);
        resolve({ code, signal });
      });
    });
  });
  const group: ProcessGroup = { exited, kill };
  keepUntil(group);
  return group;
}

/** What ends a program that does not listen to it, without a word to its "exit" listeners. SIGINT is Ctrl-C, SIGQUIT Ctrl-\\. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** Whoever ends without closing must not leave processes behind. */
function keepUntil(group: ProcessGroup): void {
  if (alive.size === 0) {
    process.on("exit", killAll);
    for (const signal of endings) process.prependListener(signal, endBy);
  }
  alive.add(group);
  void group.exited.then(() => forget(group));
}

function forget(group: ProcessGroup): void {
  alive.delete(group);
  if (alive.size > 0) return;
  process.off("exit", killAll);
  for (const signal of endings) process.off(signal, endBy);
}

/**
 * To listen to a signal is to survive it, so it is sent once more, to end the program as ever. Unless somebody else
 * listens, too, and decides: they must not take us for one who does.
 */
function endBy(signal: NodeJS.Signals): void {
  process.off(signal, endBy);
  if (process.listenerCount(signal) > 0) {
    setImmediate(() => {
      process.off(signal, endBy);
      if (alive.size > 0) process.prependListener(signal, endBy);
    });
    return;
  }
  killAll();
  process.kill(process.pid, signal);
}

function killAll(): void {
  for (const group of alive) group.kill();
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(groups ? -child.pid : child.pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}
