import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { FunctionPackage, LoadCode } from "../control-plane/load-code.ts";
import { nodeRuntimeModule, runNodeRuntime } from "./node-runtime.ts";
import { runtimeProcess } from "./runtime-process.ts";
import type { RuntimeProcess, RuntimeProcessOptions } from "./runtime-process.ts";
import { unzip } from "./unzip.ts";

/** See the members. Nothing is needed. */
export interface ZipCodeOptions extends Pick<
  RuntimeProcessOptions,
  "maxProcesses" | "initTimeout" | "onOutput" | "now" | "delay"
> {
  /** Where zips are unpacked, each into a directory of its own. Default: the machine's directory for temporary files. */
  readonly directory?: string;
}

/** Runs the zips of functions that were made by CreateFunction. */
export interface ZipCode extends AsyncDisposable {
  /** For `createLambda({ loadCode })`. */
  readonly load: LoadCode;
  /** Ends all processes and removes what was unpacked. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Makes zips run, in processes behind the Lambda Runtime API:
 *
 * - runtime `nodejs…`: this Node.js, with a runtime client of ours that has the `awslambda` global;
 * - runtime `provided…`: the zip's `bootstrap`.
 *
 * Other runtimes, images and code in S3 are refused. A function that was updated or deleted leaves its old
 * processes idle until `close`.
 */
export function zipCode(options: ZipCodeOptions = {}): ZipCode {
  const { directory = tmpdir(), ...processOptions } = options;
  const runtimes: RuntimeProcess[] = [];
  const directories: string[] = [];
  const load: LoadCode = async (code) => {
    const { zip, runtime, handler, environment } = code;
    const command = commandOf(code);
    const folder = await mkdtemp(join(directory, "lambda-"));
    directories.push(folder);
    // Above a function's files on Lambda there is no package.json, so the nearest one here must say nothing.
    await writeFile(join(folder, "package.json"), "{}");
    const root = join(folder, "task");
    await unzip(zip!, root);
    const started = runtimeProcess({
      ...processOptions,
      ...command,
      ...(handler === undefined ? {} : { handler }),
      cwd: root,
      env: { AWS_EXECUTION_ENV: `AWS_Lambda_${String(runtime)}`, ...environment },
    });
    runtimes.push(started);
    return started;
  };
  const close = async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.close()));
    await Promise.all(directories.splice(0).map((root) => rm(root, { recursive: true, force: true })));
  };
  return { load, close, [Symbol.asyncDispose]: close };
}

function commandOf({ zip, runtime = "none" }: FunctionPackage): Pick<RuntimeProcessOptions, "command" | "args"> {
  if (zip === undefined) throw new Error("This emulated Lambda runs zips. Please provide a ZipFile.");
  if (runtime.startsWith("provided")) return { command: "./bootstrap" };
  if (!runtime.startsWith("nodejs")) {
    throw new Error(`This emulated Lambda runs zips of the runtimes nodejs and provided, not ${runtime}.`);
  }
  const script = `import(${JSON.stringify(nodeRuntimeModule)}).then((module) => module.${runNodeRuntime.name}())`;
  return { command: process.execPath, args: ["--input-type=module", "--eval", script] };
}
