import { readFile, writeFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { messageOf, RecorderError } from "./errors.ts";

/** What one run has asked for: `replay --report` writes it, `check --used` reads it. */
export interface UsageReport {
  readonly schema: "eventstream/usage";
  readonly version: 1;
  /** Whether the run was good to its end. One that was not says nothing about what is unused. */
  readonly passed: boolean;
  readonly exchanges: readonly {
    /** Relative to the report, with slashes. */
    readonly file: string;
    /** From 1. */
    readonly exchange: number;
    /** How often it was played. */
    readonly played: number;
  }[];
}

/** The exchanges of cassettes, in their order, by the paths of their files. */
export interface PlayedExchange {
  readonly file: string;
  readonly exchange: number;
  readonly played: number;
}

export async function writeUsage(path: string, passed: boolean, played: readonly PlayedExchange[]): Promise<void> {
  const folder = dirname(resolve(path));
  const exchanges = played.map((entry) => ({ ...entry, file: relative(folder, entry.file).split(sep).join("/") }));
  const report: UsageReport = { schema: "eventstream/usage", version: 1, passed, exchanges };
  try {
    await writeFile(path, `${JSON.stringify(report)}\n`);
  } catch (cause) {
    throw new RecorderError("write_failed", `Writing ${path} failed: ${messageOf(cause)}`, { cause });
  }
}

/** How often each exchange was played in all runs, by `absolute file#exchange`. */
export async function readUsage(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const played = new Map<string, number>();
  for (const path of paths) {
    const report = await readReport(path);
    if (!report.passed) {
      throw new RecorderError("usage", `${path} is of a run that failed, so it does not tell what is unused`);
    }
    for (const { file, exchange, played: times } of report.exchanges) {
      const key = usageKey(resolve(dirname(path), file), exchange);
      played.set(key, (played.get(key) ?? 0) + times);
    }
  }
  return played;
}

export function usageKey(file: string, exchange: number): string {
  return `${resolve(file)}#${exchange}`;
}

async function readReport(path: string): Promise<UsageReport> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new RecorderError("file", `Reading the report ${path} failed: ${messageOf(cause)}`, { cause });
  }
  if (isReport(value)) return value;
  throw new RecorderError("file", `${path} is not a report that eventstream replay --report wrote`);
}

function isReport(value: unknown): value is UsageReport {
  const report = (value ?? {}) as Partial<UsageReport>;
  return (
    report.schema === "eventstream/usage" &&
    report.version === 1 &&
    typeof report.passed === "boolean" &&
    Array.isArray(report.exchanges) &&
    report.exchanges.every(
      (entry) =>
        typeof entry === "object" &&
        entry !== null &&
        typeof entry.file === "string" &&
        Number.isInteger(entry.exchange) &&
        Number.isInteger(entry.played),
    )
  );
}
