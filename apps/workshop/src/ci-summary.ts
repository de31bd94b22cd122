/** Prints `N passed, N failed` from a vitest JSON report, as the last line of a CI run. */
import { readFileSync } from "node:fs";
import process from "node:process";

const path = process.argv[2];
if (path === undefined) {
  console.error("Usage: node apps/workshop/src/ci-summary.ts <vitest-report.json>");
  process.exit(2);
}
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}
const report = JSON.parse(readFileSync(path, "utf8")) as Report;
// A file that fails to load has no tests of its own: it counts as one failure.
const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
const skipped = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : "";
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed${skipped}`);
