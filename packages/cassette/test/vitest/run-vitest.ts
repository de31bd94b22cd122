import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What a run of vitest came to: of each test its state, and what it failed with. */
export type Results = Readonly<Record<string, { readonly state: string; readonly failure: string }>>;

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[];
}

interface Assertion {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

export interface Run {
  readonly results: Results;
  /** What the tests wrote to the terminal. */
  readonly output: string;
}

/**
 * Runs a fixture in a vitest of its own, with these variables and no other settings of ours.
 *
 * @param more arguments: which files, and how.
 */
export async function runVitest(
  folder: string,
  env: Readonly<Record<string, string>>,
  more: readonly string[] = ["tests.fixture.ts"],
): Promise<Run> {
  const report = join(folder, "report.json");
  const args = [
    join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs"),
    "run",
    `--root=${import.meta.dirname}`,
    `--config=${join(import.meta.dirname, "fixture.config.ts")}`,
    "--reporter=json",
    "--reporter=default",
    `--outputFile.json=${report}`,
    ...more,
  ];
  const { CI: _ci, EVENTSTREAM_MODE: _mode, EVENTSTREAM_DIR: _dir, ...inherited } = process.env;
  const output = await new Promise<string>((resolve) => {
    const child = { env: { ...inherited, NO_COLOR: "1", ...env }, timeout: 60_000 };
    // Tests that fail are wanted here: the report says which.
    execFile(process.execPath, args, child, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
  const results = testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== "skipped" && status !== "pending")
      .map(({ fullName, status, failureMessages }) => {
        return [fullName, { state: status, failure: failureMessages.join("\n") }] as const;
      }),
  );
  return { results: Object.fromEntries(results), output };
}
