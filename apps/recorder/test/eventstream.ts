import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, vi } from "vitest";
import { expectCassetteSchema } from "./cassette-schema.ts";
import { expectPublished } from "./json-schema.ts";

/** The built command, as users get it. */
export const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

// Processes that start while all other projects are tested as well need their time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

export interface Run {
  readonly stdout: string;
  /** The same as bytes. */
  readonly bytes: Buffer;
  readonly stderr: string;
  readonly code: number | null;
}

export interface RunOptions {
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves when the process has ended and its output is complete. */
  readonly done: Promise<Run>;
  /** Resolves when standard output (or error) contains what is looked for; rejects when the process ends before. */
  until(pattern: RegExp, stream?: "stdout" | "stderr"): Promise<RegExpExecArray>;
}

const running = new Set<ChildProcess>();
const folders: string[] = [];

afterEach(async () => {
  const ended = [...running].map((child) => new Promise((resolve) => child.once("close", resolve)));
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(ended);
  const made = folders.splice(0);
  for (const folder of made) expectCassetteSchema(folder);
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

export function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "eventstream-test-"));
  folders.push(folder);
  return folder;
}

/** Only what is said here and the dummy keys of the test set-up: nothing of the machine's own AWS settings. */
function environment(extra: RunOptions["env"]): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = {
    ...process.env,
    AWS_CONFIG_FILE: "none",
    AWS_SHARED_CREDENTIALS_FILE: "none",
  };
  for (const name of ["CI", "FORCE_COLOR", "NO_COLOR", "NODE_OPTIONS"]) delete env[name];
  return { ...env, ...extra };
}

/** Starts `eventstream`, with standard input left open. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(process.execPath, [bin, ...args], { env: environment(options.env), cwd: options.cwd });
  running.add(child);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.on("data", (data: Buffer) => (out.push(data), notify()));
  child.stderr.on("data", (data: Buffer) => (err.push(data), notify()));
  child.stdin.on("error", () => {});
  const result = (code: number | null): Run => ({
    stdout: Buffer.concat(out).toString(),
    bytes: Buffer.concat(out),
    stderr: Buffer.concat(err).toString(),
    code,
  });
  const ended = new Promise<Run>((resolve) => {
    child.once("close", (code) => {
      running.delete(child);
      resolve(result(code));
    });
  });
  // Whatever a test is about: what `--json` prints is as published.
  const printsJson = args.slice(0, (args.indexOf("--") + 1 || args.length + 1) - 1).includes("--json");
  const done = ended.then((run) => {
    if (printsJson && run.stdout !== "") expectPublished(run.stdout);
    return run;
  });
  return {
    process: child,
    done,
    until: (pattern, stream = "stdout") =>
      new Promise((resolve, reject) => {
        const check = () => {
          const match = pattern.exec(Buffer.concat(stream === "stdout" ? out : err).toString());
          if (!match) return;
          watchers.delete(check);
          resolve(match);
        };
        watchers.add(check);
        void done.then((run) => reject(new Error(`Ended before ${pattern}: ${JSON.stringify(run)}`)));
        check();
      }),
  };
}

/** Runs `eventstream` to its end. */
export function eventstream(args: readonly string[], input?: string | Uint8Array, options?: RunOptions): Promise<Run> {
  const { process: child, done } = start(args, options);
  child.stdin!.end(input);
  return done;
}

/** The address a server command prints with `--json`. */
export async function urlOf(server: Running): Promise<string> {
  const [line] = await server.until(/^\{.*\}\n/);
  return (JSON.parse(line) as { url: string }).url;
}
