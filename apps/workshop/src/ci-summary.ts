/**
 * Ends a CI run with the line `N passed, N failed`, counted in a vitest JSON report. Without a report that can be read,
 * the run itself is the failure.
 */
import { readFileSync } from "node:fs";
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

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("Usage: node apps/workshop/src/ci-summary.ts <vitest-report.json>");
  process.exit(2);
}
const report = readReport(path);
if (report === undefined) {
  console.log(`${path} is no report: the tests did not run to their end`);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
} else {
  const { numPassedTests: passed, numFailedTests, numPendingTests: skipped, success, testResults } = report;
  // A file that fails to load has no tests of its own, and an error outside of every test has none either.
  const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  const failed = Math.max(numFailedTests + broken, success ? 0 : 1);
  if (skipped > 0) console.log(`${skipped} skipped; npm run cases says why`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
