import type { HeaderLine } from "@eventstream-kit/service";

/** Those before cookies and the function's own lines, and those behind them, as captured. */
const first = ["access-control-allow-origin", "access-control-allow-headers"];
const last = [
  "vary",
  "access-control-allow-methods",
  "access-control-expose-headers",
  "access-control-max-age",
  "access-control-allow-credentials",
];

/** The lines in the service's order: those about CORS have their places, whoever sets them. */
export function inOrder(lines: readonly HeaderLine[]): readonly HeaderLine[] {
  return lines.toSorted(([a], [b]) => placeOf(a) - placeOf(b));
}

/** Below 0: before all others. Above: behind them. */
function placeOf(name: string): number {
  const key = name.toLowerCase();
  const before = first.indexOf(key);
  return before === -1 ? last.indexOf(key) + 1 : before - first.length;
}
