import type { RawStream } from "./raw-client.ts";

export interface Measured extends RawStream {
  readonly where: string;
}

export function heading(text: string): void {
  console.log(`\n${text}\n${"─".repeat(text.length)}`);
}

export function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "  ");
}

/** A table of what was measured, and everything in which a row differs from the first. */
export function comparison(measured: readonly Measured[]): { table: string; differences: string[] } {
  const [reference] = measured;
  const rows = [
    ["", "status", "bytes", "chunks", "chunk sizes", "sha256"],
    ...measured.map(({ where, status, bytes, chunks, sha256 }) => [
      where,
      `${status}`,
      `${bytes}`,
      `${chunks.length}`,
      `${chunks.slice(0, 4).join(" ")}${chunks.length > 4 ? " …" : ""}`,
      `${sha256.slice(0, 12)}…`,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
  const differences: string[] = [];
  for (const other of measured.slice(1)) {
    for (const fact of ["status", "bytes", "sha256", "chunks"] as const) {
      const [expected, found] = [String(reference![fact]), String(other[fact])];
      if (expected !== found) differences.push(`${other.where}: ${fact} is ${found}, expected ${expected}`);
    }
  }
  return { table, differences };
}
