import type { Measured, Target } from "./contest.ts";

/** What was found of something that is no contest of speed. */
export interface Finding {
  readonly name: string;
  readonly form: string;
  readonly value: number;
  readonly unit: string;
  /** The same of others. */
  readonly others: Readonly<Record<string, number>>;
  /** The most that is allowed. */
  readonly target?: Target | undefined;
}

function time(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`;
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toFixed(2)} µs` : `${(nanoseconds / 1e6).toFixed(2)} ms`;
}

function rate(megabytesPerSecond: number): string {
  return megabytesPerSecond < 1000
    ? `${megabytesPerSecond.toFixed(0)} MB/s`
    : `${(megabytesPerSecond / 1000).toFixed(1)} GB/s`;
}

function ratio(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)}x`;
}

/** Good enough for a release, only for the floor, or not even that. */
export function verdict(target: Target | undefined, reached: (bound: number) => boolean): string {
  if (target === undefined) return "";
  if (reached(target.goal)) return "ok";
  return reached(target.floor) ? "below goal" : "BELOW FLOOR";
}

function lines(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Rows with the same columns. */
function blocksOf<Row>(rows: readonly Row[], columns: (row: Row) => object): Row[][] {
  const blocks = new Map<string, Row[]>();
  for (const row of rows) {
    const key = Object.keys(columns(row)).join();
    blocks.set(key, [...(blocks.get(key) ?? []), row]);
  }
  return [...blocks.values()];
}

/** One block for each set of rivals: how many times as long they take. */
export function speedTable(measured: readonly Measured[]): string {
  const texts = blocksOf(measured, ({ ratios }) => ratios).map((block) => {
    const rivals = Object.keys(block[0]!.ratios);
    const rows = block.map(({ contest, form, nanoseconds, megabytesPerSecond, ratios, target }, i) => [
      block[i - 1]?.contest === contest ? "" : contest,
      form,
      time(nanoseconds),
      rate(megabytesPerSecond),
      ...rivals.map((rival) => ratio(ratios[rival] ?? Number.NaN)),
      target ? `${target.goal}x` : "",
      target ? `${target.floor}x` : "",
      verdict(target, (bound) => ratios[rivals[0]!]! >= bound),
    ]);
    return lines([["", "", "a message", "rate", ...rivals, "goal", "floor", ""], ...rows]);
  });
  return texts.join("\n\n");
}

/** Figures of which less is better. */
export function findingTable(findings: readonly Finding[]): string {
  const texts = blocksOf(findings, ({ others }) => others).map((block) => {
    const names = Object.keys(block[0]!.others);
    const rows = block.map(({ name, form, value, unit, others, target }, i) => [
      block[i - 1]?.name === name ? "" : name,
      form,
      `${round(value)} ${unit}`,
      ...names.map((other) => `${round(others[other] ?? Number.NaN)} ${unit}`),
      target ? round(target.goal) : "",
      target ? round(target.floor) : "",
      verdict(target, (bound) => value <= bound),
    ]);
    return lines([["", "", "ours", ...names, "at most", "floor", ""], ...rows]);
  });
  return texts.join("\n\n");
}

function round(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}
