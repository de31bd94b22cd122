/** What numbered cases came to in every place where they are to be shown: the grid of `npm run cases`. */
import type { CaseColumn, CaseList } from "./case-lists.ts";

export type State = "passed" | "failed" | "skipped" | "todo";

/** One test of a case in one vitest project. */
export interface CaseRun {
  readonly project: string;
  /** The titles of its suites, of a test `case N by the SDK: …`. */
  readonly suites?: readonly string[];
  readonly state: State;
  /** Why it was skipped. */
  readonly reason?: string;
  /** How many requests went over the project's transport while it ran; absent where nobody counts. */
  readonly requests?: number;
}

/** A number in a column. `missing`: no test shows it there. `idle`: the tests passed, but sent nothing over the transport. */
export interface Cell {
  readonly state: State | "missing" | "idle";
  /** Of its skipped tests; a passed cell may have some, too. */
  readonly reasons: readonly string[];
}

export interface GridRow {
  readonly number: number;
  /** One a column, in order. */
  readonly cells: readonly Cell[];
}

/** A row a number. */
export function gridOf(list: CaseList, runsOf: (number: number) => readonly CaseRun[]): GridRow[] {
  const { columns = [], last, lacks } = list;
  return Array.from({ length: columns.length > 0 ? last : 0 }, (_, index) => {
    const number = index + 1;
    const runs = runsOf(number);
    const lack = lacks?.(number);
    return {
      number,
      cells: columns.map((column) =>
        column.suite !== undefined && lack !== undefined
          ? { state: "skipped" as const, reasons: [lack] }
          : cellOf(runs, column),
      ),
    };
  });
}

function cellOf(all: readonly CaseRun[], { project, suite }: CaseColumn): Cell {
  const runs = all.filter(
    (run) => run.project === project && (suite === undefined ? !run.suites : run.suites?.includes(suite)),
  );
  const passed = runs.filter(({ state }) => state === "passed");
  const reasons = [...new Set(runs.flatMap(({ reason }) => reason ?? []))];
  const bad = (["failed", "todo"] as const).find((state) => runs.some((run) => run.state === state));
  if (bad) return { state: bad, reasons };
  if (passed.length > 0) return { state: passed.every(({ requests }) => requests === 0) ? "idle" : "passed", reasons };
  return { state: runs.length > 0 ? "skipped" : "missing", reasons };
}

/** What is wrong with the grid, one sentence each. Skips are in order; whether their reasons are is asked elsewhere. */
export function gridComplaints(list: CaseList, rows: readonly GridRow[]): string[] {
  const says = { missing: "is not run", idle: "sends no request", failed: "fails", todo: "is todo" } as const;
  return rows.flatMap(({ number, cells }) =>
    cells.flatMap(({ state }, column) => {
      if (state === "passed" || state === "skipped") return [];
      const { driver, title } = list.columns![column]!;
      return [`${list.name} case ${number} ${says[state]} (${driver}, ${title})`];
    }),
  );
}

const marks = { passed: "✓", skipped: "", failed: "F", todo: "T", missing: "!", idle: "0" } as const;

/** The grid as lines: a row a number, a column a transport, and a letter for each reason to skip, explained below. */
export function gridLines(list: CaseList, rows: readonly GridRow[]): string[] {
  const { columns = [] } = list;
  if (rows.length === 0) return [];
  const reasons = [...new Set(rows.flatMap(({ cells }) => cells.flatMap((cell) => cell.reasons)))];
  const letter = (reason: string) => String.fromCodePoint(97 + reasons.indexOf(reason));
  const width = Math.max(...columns.map(({ title }) => title.length)) + 2;
  const line = (number: string, texts: readonly string[]) =>
    `${number.padStart(7)}  ${texts.map((text) => text.padEnd(width)).join("")}`.trimEnd();
  const text = ({ state, reasons: why }: Cell) => `${marks[state]}${why.map(letter).join("")}`;
  return [
    driversLine(columns, width),
    line(
      "case",
      columns.map(({ title }) => title),
    ),
    ...rows.map(({ number, cells }) => line(String(number), cells.map(text))),
    "",
    "✓ passed   letter alone: skipped   ✓ and a letter: passed, but for tests that are skipped",
    ...reasons.map((reason) => `${letter(reason)}  ${reason}`),
  ];
}

/** Names each driver above the first of its columns. */
function driversLine(columns: readonly CaseColumn[], width: number): string {
  let line = " ".repeat(9);
  for (const [at, { driver }] of columns.entries()) {
    if (driver !== columns[at - 1]?.driver) line = `${line.padEnd(9 + at * width)}${driver} `;
  }
  return line.trimEnd();
}
