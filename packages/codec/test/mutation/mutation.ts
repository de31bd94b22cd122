/**
 * `npm run mutation`: changes the sources in hundreds of small ways, one at a time, and runs the tests on each. A change
 * that no test notices has survived: it needs a test, or a reason in `explained.ts`.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { explained } from "./explained.ts";

/**
 * What is done separately. Checksums are in everything that tests do, and a hundred times slower with mutants in them, so
 * they are left to the tests that are about them.
 */
const parts = [
  { sources: ["src/crc32*.ts"], tests: "test/crc32*.test.ts" },
  { sources: ["src/**/*.ts", "!src/crc32*.ts"], tests: "test/**/*.test.ts" },
] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h" },
    json: { type: "boolean" },
    concurrency: { type: "string", default: "2" },
  },
});
if (values.help) {
  console.log(`Usage: npm run mutation -w @eventstream-kit/codec -- [options] [file...]

  file               files or patterns below packages/codec, such as "src/signing/*.ts" (default: all sources)
  --concurrency <n>  how many at a time (default 2)
  --json             the summary as JSON

Stryker is installed into .cache/stryker on first use. Ends with an error below a score of 90 %, or when a mutant
survives that test/mutation/explained.ts does not explain.`);
  process.exit(0);
}

const codec = path.resolve(import.meta.dirname, "../..");
const home = path.resolve(codec, "../../.cache/stryker");
const packages = ["@stryker-mutator/core@10", "@stryker-mutator/vitest-runner@10"];
const lowest = 90;

function run(command: string, args: readonly string[], cwd: string, tests = ""): number | null {
  const setup = path.resolve(codec, "../../apps/workshop/src/test-setup.ts");
  const shared = { EVENTSTREAM_FUZZ_RUNS: "10", EVENTSTREAM_TEST_SETUP: setup, EVENTSTREAM_MUTATION_TESTS: tests };
  const env = { ...process.env, ...shared };
  // Its own output goes to stderr: stdout is for the summary.
  return spawnSync(command, args, { cwd, env, stdio: ["ignore", 2, 2] }).status;
}

function install(): void {
  if (fs.existsSync(path.join(home, "node_modules/@stryker-mutator/vitest-runner"))) return;
  fs.mkdirSync(home, { recursive: true });
  fs.writeFileSync(path.join(home, "package.json"), '{ "private": true }\n');
  // Without its peers: vitest is the one of this repository.
  const args = ["install", "--no-audit", "--no-fund", "--legacy-peer-deps", "--ignore-scripts", ...packages];
  if (run("npm", args, home) !== 0) throw new Error("Installing Stryker failed");
}

const report = path.join(home, "report.json");
const settings = path.join(home, "stryker.config.json");

function configure(mutate: readonly string[], ignoreStatic: boolean): void {
  const plugin = path.join(home, "node_modules/@stryker-mutator/vitest-runner/dist/src/index.js");
  const config = {
    testRunner: "vitest",
    plugins: [plugin],
    vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
    mutate,
    ignorePatterns: ["dist", "bench", "conformance", ".turbo"],
    coverageAnalysis: "perTest",
    ignoreStatic,
    concurrency: Number(values.concurrency),
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: report },
    tempDirName: path.relative(codec, path.join(home, "tmp")),
    // TypeScript 7 has no API that Stryker could rewrite the project's settings with; a file that is not there tells it so.
    tsconfigFile: "none.json",
    // Most mutants are killed at once; one that makes a loop endless must not cost a minute.
    timeoutMS: 5_000,
    timeoutFactor: 2,
    // Every test once, with every mutant in the code and all of them counted: minutes, and more on a busy machine.
    dryRunTimeoutMinutes: 30,
    // Text of error messages is for people.
    mutator: { excludedMutations: ["StringLiteral"] },
    allowConsoleColors: false,
    disableTypeChecks: false,
  };
  fs.writeFileSync(settings, JSON.stringify(config, undefined, 2));
}

interface Place {
  readonly line: number;
  readonly column: number;
}
interface Mutant {
  readonly status: string;
  /** Whether it does something before a test begins, while modules are loaded. */
  readonly static?: boolean;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: Place; readonly end: Place };
}
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim();

/** The text that a mutant replaces. Lines and columns count from 1. */
function originalOf(source: string, { start, end }: Mutant["location"]): string {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1)!.slice(0, end.column - 1);
  lines[0] = lines[0]!.slice(start.column - 1);
  return oneLine(lines.join("\n"));
}

/** Runs Stryker over some sources, or ranges of them, and returns what became of the mutants. */
function stryker(mutate: readonly string[], tests: string, ignoreStatic: boolean): Report["files"] {
  configure(mutate, ignoreStatic);
  fs.rmSync(report, { force: true });
  const main = path.join(home, "node_modules/@stryker-mutator/core/bin/stryker.js");
  run(process.execPath, [main, "run", settings], codec, tests);
  if (!fs.existsSync(report)) {
    console.error("Stryker wrote no report");
    process.exit(2);
  }
  return (JSON.parse(fs.readFileSync(report, "utf8")) as Report).files;
}

/** A range as Stryker reads it: its columns count from 0 there. */
const rangeOf = (file: string, { start, end }: Mutant["location"]) =>
  `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;

const identity = ({ location, mutatorName, replacement }: Mutant) =>
  JSON.stringify([location, mutatorName, replacement]);

/** Why a mutant may survive. */
function reasonFor(file: string, source: string, mutant: Mutant) {
  const original = originalOf(source, mutant.location);
  const replacement = oneLine(mutant.replacement ?? "");
  return explained.find(
    (known) => `src/${known.file}` === file && known.original === original && known.replacement === replacement,
  );
}

/** Whether it is to meet all tests, with everything loaded anew. */
const isForAllTests = (file: string, source: string, mutant: Mutant) =>
  mutant.status === "Ignored" ||
  (mutant.static === true && mutant.status === "Survived" && !reasonFor(file, source, mutant));

/**
 * Mutates some sources, and returns what became of the mutants.
 *
 * First each meets the tests that come by it. One that is there while modules are loaded needs all tests, each time
 * loaded anew, which takes half a minute: only those that no test comes by, or that have survived without a reason, are
 * done so.
 */
function mutantsOf(sources: readonly string[], tests: string): Report["files"] {
  const files = stryker(sources, tests, true);
  const ranges = Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.filter((mutant) => isForAllTests(file, source, mutant)).map(({ location }) => rangeOf(file, location)),
  );
  if (ranges.length === 0) return files;
  const loaded = stryker([...new Set(ranges)], tests, false);
  return Object.fromEntries(
    Object.entries(files).map(([file, { source, mutants }]) => {
      const found = new Map(loaded[file]?.mutants.map((mutant) => [identity(mutant), mutant]));
      return [
        file,
        {
          source,
          mutants: mutants.map(
            (mutant) => (isForAllTests(file, source, mutant) && found.get(identity(mutant))) || mutant,
          ),
        },
      ];
    }),
  );
}

const started = Date.now();
install();
const ofChecksums = (source: string) => source.startsWith("src/crc32");
const files: Record<string, Report["files"][string]> = {};
for (const [i, { sources, tests }] of parts.entries()) {
  const chosen = positionals.length > 0 ? positionals.filter((source) => ofChecksums(source) === (i === 0)) : sources;
  if (chosen.length > 0) Object.assign(files, mutantsOf(chosen, tests));
}
const counts = new Map<string, number>();
const unexplained: string[] = [];
const used = new Set<object>();
for (const [file, { source, mutants }] of Object.entries(files)) {
  for (const mutant of mutants) {
    let { status } = mutant;
    if (status === "Survived" || status === "NoCoverage") {
      const reason = reasonFor(file, source, mutant);
      if (reason) used.add(reason);
      status = reason ? "Explained" : status;
      const place = `${file}:${mutant.location.start.line}`;
      const change = `${originalOf(source, mutant.location)}  ->  ${oneLine(mutant.replacement ?? "")}`;
      if (!reason) unexplained.push(`${place}  ${mutant.mutatorName}: ${change}`);
    }
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
}
const count = (...names: readonly string[]) => names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
const killed = count("Killed", "Timeout");
const survived = count("Survived", "NoCoverage");
const summary = {
  // Explained ones count as survivors: a reason is no test.
  score: Math.round((1000 * killed) / (killed + survived + count("Explained"))) / 10,
  killed,
  explained: count("Explained"),
  unexplained,
  outdated: positionals.length > 0 ? [] : explained.filter((entry) => !used.has(entry)),
  seconds: Math.round((Date.now() - started) / 1000),
};
if (values.json) {
  console.log(JSON.stringify(summary, undefined, 2));
} else {
  console.log(unexplained.map((line) => `Survived: ${line}\n`).join(""));
  for (const { file, original } of summary.outdated) console.log(`Explained, but not survived: ${file}: ${original}`);
  console.log(
    `Score ${summary.score} %: ${killed} killed, ${summary.explained} explained, ${unexplained.length} not, in ${summary.seconds} s`,
  );
}
if (summary.score < lowest || unexplained.length > 0) process.exitCode = 1;
