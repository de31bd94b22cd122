/** `npm run check:static`: everything about the project that is not a test, step by step. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { parseArgs } from "node:util";

interface Check {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
}

const checks: readonly Check[] = [
  { name: "format", what: "formatting (oxfmt)", command: ["oxfmt", "--check"] },
  {
    name: "lint",
    what: "type-aware lint (oxlint)",
    command: ["oxlint", "--type-aware", "--deny-warnings", "--report-unused-disable-directives"],
  },
  { name: "types", what: "types of sources, tests and examples (tsc)", command: ["tsc", "-p", "tsconfig.json"] },
  {
    name: "build",
    what: "emitted JavaScript and declarations",
    command: ["turbo", "run", "build", "--output-logs=errors-only"],
  },
  { name: "unused", what: "unused files, exports and dependencies (knip)", command: ["knip"] },
  { name: "arrows", what: "import direction between packages (turbo boundaries)", command: ["turbo", "boundaries"] },
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
  { name: "changesets", what: "changeset status", command: ["changeset", "status"] },
];

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
for (const { name, what, command } of checks) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const [program, ...args] = command;
  const started = performance.now();
  const run = spawnSync(program!, args, {
    encoding: "utf8",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const passed = run.status === 0;
  console.log(`${passed ? "✓" : "✗"} ${name.padEnd(11)} ${what} (${seconds} s)`);
  if (passed) continue;
  failed.push(name);
  console.log(`${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}`.trimEnd().replaceAll(/^/gm, "    "));
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
