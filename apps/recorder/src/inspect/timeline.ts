import type { InspectedStream } from "./inspection.ts";

/**
 * When chunks and frames came, on a line from the request to the last byte:
 *
 *     0 ms                                                2056.3 ms
 *     head    ---------|
 *     chunks                     |2                              |
 *     frames                     |2                              |
 *
 * `|` is one, a digit several, `#` more than nine.
 */
export function timeline({ exchange, chunks = [], frames }: InspectedStream, width: number): string[] {
  const total = chunks.at(-1)?.at ?? 0;
  const room = width - label("").length - 1;
  const column = (at: number) => (total === 0 ? 0 : Math.round((at / total) * (room - 1)));
  const head = column(Math.min(exchange?.timing?.res ?? 0, total));
  const end = `${total} ms`;
  return [
    `${label("")}0 ms${end.padStart(room - "0 ms".length)}`,
    `${label("head")}${"-".repeat(head)}|`,
    `${label("chunks")}${marks(chunks.map(({ at }) => column(at)))}`,
    `${label("frames")}${marks(frames.map(({ at }) => column(at ?? 0)))}`,
  ];
}

function label(text: string): string {
  return text.padEnd(10);
}

function marks(columns: readonly number[]): string {
  const counts = Array.from({ length: columns.reduce((last, column) => Math.max(last, column), -1) + 1 }, () => 0);
  for (const column of columns) counts[column]! += 1;
  return counts.map(mark).join("");
}

function mark(number: number): string {
  if (number === 0) return " ";
  if (number === 1) return "|";
  return number > 9 ? "#" : String(number);
}
