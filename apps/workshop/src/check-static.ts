/**
 * `npm run check:static`: everything about the project that is not a test. Builds first, then runs the other checks, as
 * many at one time as there are processors.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { text } from "node:stream/consumers";
import process from "node:process";
import { parseArgs } from "node:util";

interface Check {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
}

/** What several of the others look at. */
const build: Check = {
  name: "build",
  what: "emitted JavaScript and declarations",
  command: ["turbo", "run", "build", "--output-logs=errors-only"],
};

/** The longest first. */
const others: readonly Check[] = [
  {
    name: "packages",
    what: "packed tarballs: publint, attw, install, run",
    command: ["node", "apps/workshop/src/package-gate.ts"],
  },
  {
    name: "docs",
    what: "documentation site, warnings are errors",
    command: ["npm", "run", "--silent", "docs"],
  },
  {
    name: "lint",
    what: "type-aware lint (oxlint)",
    command: ["oxlint", "--type-aware", "--deny-warnings", "--report-unused-disable-directives"],
  },
  { name: "types", what: "types of sources, tests and examples (tsc)", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "unused", what: "unused files, exports and dependencies (knip)", command: ["knip"] },
  { name: "format", what: "formatting (oxfmt)", command: ["oxfmt", "--check"] },
  { name: "arrows", what: "import direction between packages (turbo boundaries)", command: ["turbo", "boundaries"] },
  { name: "changesets", what: "changeset status", command: ["changeset", "status"] },
];
const checks = [build, ...others];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(`Usage: npm run check:static [-- <name>...]

${checks.map(({ name, what }) => `  ${name.padEnd(11)} ${what}`).join("\n")}

Example: npm run check:static -- types lint`);
  process.exit(0);
}
const unknown = positionals.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`Unknown check ${unknown.join(", ")}; expected ${checks.map((check) => check.name).join(", ")}`);
  process.exit(2);
}

const failed: string[] = [];

async function run({ name, what, command: [program, ...args] }: Check): Promise<void> {
  const started = performance.now();
  const child = spawn(program!, args, {
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<string | number | null>((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("close", resolve);
  });
  const [stdout, stderr, how] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${how === 0 ? "✓" : "✗"} ${name.padEnd(11)} ${what} (${seconds} s)`);
  if (how === 0) return;
  failed.push(name);
  const output = `${stdout}${stderr}${typeof how === "string" ? how : ""}`.trimEnd();
  console.log(output.replaceAll(/^/gm, "    "));
}

const asked = (check: Check) => positionals.length === 0 || positionals.includes(check.name);
if (asked(build)) await run(build);
const left = others.filter(asked);
const lane = async () => {
  for (let next = left.shift(); next !== undefined; next = left.shift()) await run(next);
};
await Promise.all(Array.from({ length: availableParallelism() }, lane));
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
