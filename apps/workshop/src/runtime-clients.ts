/**
 * `npm run test:runtime-clients`: AWS's own Lambda runtime client serves real handlers over our Runtime API, and answers as
 * our double does. Installs the client into the cache first: its native part is built there, which takes about a minute.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

const root = resolve(import.meta.dirname, "../../..");
const cache = join(root, ".cache/aws-lambda-ric");
const client = join(cache, "node_modules/aws-lambda-ric");

/** What the build needs: a program, and the Debian package it is in. */
const tools: Readonly<Record<string, string>> = {
  autoconf: "autoconf",
  automake: "automake",
  libtoolize: "libtool",
  cmake: "cmake",
  xz: "xz-utils",
  "g++": "g++",
  make: "make",
};

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    record: { type: "boolean" },
    report: { type: "string" },
    "build-seconds": { type: "string", default: "600" },
  },
});
if (values.help) {
  console.log(`Usage: npm run test:runtime-clients [-- --record] [-- --report <file>] [-- --build-seconds <n>]

  --record             write down what the client answers, for the tests that always run
  --report <file>      write vitest's JSON report, too
  --build-seconds <n>  how long installing the client may take (default 600)

A client that cannot be installed is said so, and fails nothing.`);
  process.exit(0);
}

/** Why the client cannot be used here, or `undefined` when it is installed. */
function install(): string | undefined {
  if (existsSync(join(client, "rapid-client.node"))) return undefined;
  if (process.platform !== "linux") return `aws-lambda-ric builds on Linux only, this is ${process.platform}`;
  const missing = Object.keys(tools).filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  if (missing.length > 0) {
    const packages = missing.map((tool) => tools[tool]).join(" ");
    return `aws-lambda-ric cannot be built without ${missing.join(", ")} (on Debian: apt-get install ${packages})`;
  }
  // What an earlier build has left unfinished would count as installed.
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  // Its install scripts are the build.
  writeFileSync(
    join(cache, "package.json"),
    JSON.stringify({ private: true, allowScripts: { "aws-lambda-ric": true } }),
  );
  console.log("Installing aws-lambda-ric and building its native part");
  // `timeout` ends whatever npm has started, too.
  const npm = ["npm", "install", "--prefix", cache, "--no-save", "--no-audit", "--no-fund", "aws-lambda-ric@4"];
  const run = spawnSync("timeout", [values["build-seconds"], ...npm], {
    cwd: cache,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status === 0 && existsSync(join(client, "rapid-client.node"))) return undefined;
  if (run.status === 124) return `installing aws-lambda-ric took more than ${values["build-seconds"]} seconds`;
  const output = `${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}`.trimEnd().split("\n");
  return `aws-lambda-ric could not be installed:\n${output.slice(-20).join("\n")}`;
}

const why = install();
if (why !== undefined) {
  console.log(`Skipped: ${why}`);
  process.exit(0);
}
const env: NodeJS.ProcessEnv = { ...process.env, EVENTSTREAM_LAMBDA_RIC: join(client, "index.mjs") };
if (values.record) env["EVENTSTREAM_LAMBDA_RIC_RECORD"] = "1";
const tests = [
  "run",
  "--project",
  "lambda-emulator",
  "runtime-clients.test",
  ...(values.record ? [] : ["real-handlers"]),
  ...(values.report === undefined
    ? []
    : ["--reporter=default", "--reporter=json", `--outputFile.json=${resolve(values.report)}`]),
];
process.exitCode = spawnSync("vitest", tests, { cwd: root, env, stdio: "inherit" }).status ?? 1;
