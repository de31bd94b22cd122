import type { CandidateName } from "./candidates.ts";

/** What the emulator's figure is held to. */
export type Goal =
  /** At least this part of the bare server's figure. */
  | { readonly ratio: number }
  /** At most this much more than the bare server's. */
  | { readonly more: number }
  /** At most this, whatever the others have. */
  | { readonly most: number };

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly figures: Readonly<Record<CandidateName, number>>;
  readonly better: "more" | "less";
  readonly goal?: Goal;
}

/** Columns of text, which begin at the left. */
const texts = new Set([0, 4, 7, 8]);
const columns = ["", "emulator", "bare", "smithy", "", "÷ bare", "÷ smithy", "goal", ""];

/** A table with the ratios and goals, and a mark where a goal is missed. */
export function formatReport(rows: readonly Row[]): string {
  const cells = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => (texts.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cellsOf(row: Row): string[] {
  const { emulator, bare, smithy } = row.figures;
  const ratio = (other: number) => (emulator / other).toFixed(2);
  const marks = row.goal === undefined ? ["", ""] : [goalText(row.goal), meets(row, row.goal) ? "" : "MISSED"];
  return [row.what, figure(emulator), figure(bare), figure(smithy), row.unit, ratio(bare), ratio(smithy), ...marks];
}

export function meets({ figures: { emulator, bare } }: Row, goal: Goal): boolean {
  if ("ratio" in goal) return emulator >= goal.ratio * bare;
  return emulator <= ("more" in goal ? bare + goal.more : goal.most);
}

function goalText(goal: Goal): string {
  if ("ratio" in goal) return `≥ ${goal.ratio} of bare`;
  return "more" in goal ? `≤ bare + ${goal.more}` : `≤ ${goal.most}`;
}

function figure(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
