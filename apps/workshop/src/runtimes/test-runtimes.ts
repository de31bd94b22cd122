/**
 * `npm run test:runtimes`: the codec's conformance file in every runtime, the service's tests in other versions of Node.js, and
 * what each of them made of it.
 */
import { mkdirSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { runtimes } from "./runtimes.ts";
import { cache, makeSite } from "./site.ts";
import { Skip } from "./start.ts";

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    json: { type: "boolean" },
    only: { type: "string", multiple: true },
  },
});
if (values.help) {
  console.log(`Usage: npm run test:runtimes [-- --only <name>[,<name>...]] [--json]

Packs @eventstream-kit/codec and runs its conformance file, or the tests of @eventstream-kit/service, in:
${runtimes.map(({ name }) => `  ${name}`).join("\n")}

What npm has is installed into .cache/runtimes on first use. --only takes the beginning of a name.
Exit code 1 when a check failed anywhere. What this machine cannot run is skipped and says why.

Example: npm run test:runtimes -- --only node,chromium`);
  process.exit(0);
}

const wanted = values.only?.flatMap((names) => names.split(",").map((name) => name.trim()));
const chosen = runtimes.filter(({ name }) => !wanted || wanted.some((start) => name.startsWith(start)));
if (chosen.length === 0) {
  console.error(`No runtime is called ${wanted?.join(", ")}; expected ${runtimes.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

interface Row {
  readonly runtime: string;
  readonly result: "passed" | "failed" | "skipped";
  readonly version?: string;
  readonly checks?: number;
  readonly facts?: Readonly<Record<string, string>>;
  /** Why it was skipped, or what failed. */
  readonly details?: readonly string[];
  readonly seconds: number;
}

mkdirSync(cache, { recursive: true });
const site = makeSite();
const rows: Row[] = [];
for (const runtime of chosen) {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 100) / 10;
  try {
    const { version, report } = await runtime.run(site);
    const { checks, facts } = report;
    const result = report.failures.length === 0 ? "passed" : "failed";
    const details = report.failures.map(({ group, message }) => `${group}: ${message}`);
    rows.push({ runtime: runtime.name, result, version, checks, facts, details, seconds: seconds() });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const result = error instanceof Skip ? "skipped" : "failed";
    rows.push({ runtime: runtime.name, result, details: [message], seconds: seconds() });
  }
  if (!values.json) print(rows.at(-1)!);
}
if (values.json) console.log(JSON.stringify(rows, undefined, 2));

const count = (result: Row["result"]) => rows.filter((row) => row.result === result).length;
if (!values.json) console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
if (count("failed") > 0) process.exitCode = 1;

function print({ runtime, result, version = "", checks, facts = {}, details = [], seconds }: Row): void {
  const mark = { passed: "✓", failed: "✗", skipped: "–" }[result];
  const found = checks === undefined ? result : `${checks} checks`;
  const more = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  const cells = [mark, runtime.padEnd(24), version.padEnd(16), found.padEnd(13), `${seconds} s`.padEnd(8), ...more];
  console.log(cells.join(" ").trimEnd());
  for (const detail of details.slice(0, 10)) console.log(detail.replaceAll(/^/gm, "    "));
  if (details.length > 10) console.log(`    … and ${details.length - 10} more`);
}
