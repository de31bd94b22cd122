/**
 * Ends a CI run with the line `N passed, N failed`, counted in vitest JSON reports. Without a first report that can be read,
 * the run itself is the failure. The others are of runs that may have been skipped: without a file they count nothing.
 */
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Report;
  } catch {
    return undefined;
  }
}

/** What a report adds to the line. */
function countOf({ numPassedTests, numFailedTests, numPendingTests, success, testResults }: Report) {
  // A file that fails to load has no tests of its own, and an error outside of every test has none either.
  const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  return {
    passed: numPassedTests,
    failed: Math.max(numFailedTests + broken, success ? 0 : 1),
    skipped: numPendingTests,
  };
}

const [path, ...others] = process.argv.slice(2);
if (path === undefined) {
  console.error("Usage: node apps/workshop/src/ci-summary.ts <vitest-report.json> [more.json...]");
  process.exit(2);
}
const counts = [path, ...others.filter((other) => existsSync(other))].map((file) => {
  const report = readReport(file);
  if (report !== undefined) return countOf(report);
  console.log(`${file} is no report: the tests did not run to their end`);
  return { passed: 0, failed: 1, skipped: 0 };
});
const sum = (name: "passed" | "failed" | "skipped") => counts.reduce((total, count) => total + count[name], 0);
if (sum("skipped") > 0) console.log(`${sum("skipped")} skipped; npm run cases says why`);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") > 0 ? 1 : 0;
