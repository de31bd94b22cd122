/**
 * `npm run fuzz`: tries random inputs on every target for as long as it is told, and says how to repeat a failure.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { fuzzTargets } from "./targets.ts";

const usage = `Usage: npm run fuzz -w @eventstream-kit/codec -- [options]

  --minutes <n>     how long (default 1)
  --runs <n>        how many inputs for each target, instead of a time
  --target <name>   only this one: ${fuzzTargets.map(({ name }) => name).join(", ")}
  --seed <n>        where the random numbers begin (default: the time)
  --path <path>     with --seed and --target: the one input that failed, as printed
  --json            the summary as JSON`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    json: { type: "boolean" },
    minutes: { type: "string" },
    path: { type: "string" },
    runs: { type: "string" },
    seed: { type: "string" },
    target: { type: "string" },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

function count(name: "minutes" | "runs" | "seed", fallback: number): number {
  const text = values[name];
  const number = text === undefined ? fallback : Number(text);
  if (Number.isNaN(number)) {
    console.error(`--${name} is ${text}, expected a number\n\n${usage}`);
    process.exit(2);
  }
  return number;
}

const targets = fuzzTargets.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0) {
  console.error(`--target is ${values.target}, expected one of those below\n\n${usage}`);
  process.exit(2);
}
// fast-check takes 32 bits.
const seed = count("seed", Date.now()) | 0;
const runs = count("runs", Number.POSITIVE_INFINITY);
const milliseconds = values.runs === undefined ? count("minutes", 1) * 60_000 : Number.POSITIVE_INFINITY;

const started = Date.now();
const elapsed = () => (Date.now() - started) / 1000;
/** What became of the inputs, by target. */
const verdicts = new Map(targets.map(({ name }) => [name, new Map<string, number>()]));
const executions = new Map(targets.map(({ name }) => [name, 0]));
const total = () => [...executions.values()].reduce((sum, number) => sum + number, 0);

/** Small enough that every target gets its turn soon and the time is kept. */
const batch = 500;

async function fuzz(): Promise<void> {
  let shown = started;
  for (let round = 0; ; round++) {
    for (const target of targets) {
      const done = executions.get(target.name)!;
      const now = Math.min(batch, runs - done);
      if (now <= 0 || Date.now() - started >= milliseconds) return;
      const tally = verdicts.get(target.name)!;
      const note = (verdict: string): void => {
        tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
      };
      const details = await fc.check(target.property(note) as fc.IAsyncProperty<unknown>, {
        numRuns: now,
        seed: values.path === undefined ? (seed + round) | 0 : seed,
        ...(values.path !== undefined && { path: values.path }),
      });
      executions.set(target.name, done + details.numRuns);
      if (details.failed) {
        report(target.name, details);
        return;
      }
      if (values.path !== undefined) return;
      if (Date.now() - shown > 10_000) {
        shown = Date.now();
        console.error(`${elapsed().toFixed(0)} s: ${total().toLocaleString("en")} executions`);
      }
    }
  }
}

function report(target: string, details: fc.RunDetails<unknown>): void {
  process.exitCode = 1;
  const { counterexample, counterexamplePath, errorInstance } = details;
  console.error(`\nFailed: ${target}, after ${elapsed().toFixed(0)} s\n`);
  console.error(fc.stringify(counterexample));
  console.error(errorInstance instanceof Error ? errorInstance.stack : errorInstance);
  const path = counterexamplePath === null ? "" : ` --path "${counterexamplePath}"`;
  console.error(
    `\nRepeat it with:\n  npm run fuzz -w @eventstream-kit/codec -- --target ${target} --seed ${details.seed}${path}`,
  );
}

console.error(`Seed ${seed}, Node ${process.version}`);
await fuzz();
const summary = {
  seed,
  seconds: Math.round(elapsed()),
  executions: total(),
  failed: process.exitCode === 1,
  targets: targets.map(({ name, claim }) => ({
    name,
    claim,
    executions: executions.get(name)!,
    verdicts: Object.fromEntries([...verdicts.get(name)!].toSorted(([, a], [, b]) => b - a)),
  })),
};
if (values.json) {
  console.log(JSON.stringify(summary, undefined, 2));
} else {
  console.log(
    `${summary.executions.toLocaleString("en")} executions in ${summary.seconds} s, seed ${seed}: ${summary.failed ? "failed" : "no failure"}`,
  );
  for (const { name, executions: number, verdicts: seen } of summary.targets) {
    const shares = Object.entries(seen).map(([verdict, times]) => `${verdict} ${times.toLocaleString("en")}`);
    console.log(`  ${name.padEnd(16)} ${number.toLocaleString("en").padStart(12)}  ${shares.join(", ")}`);
  }
}
