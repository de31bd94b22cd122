import type { Colors } from "../terminal.ts";
import { frameFields, type Field } from "./frame-fields.ts";
import type { InspectedFrame, InspectedStream } from "./inspection.ts";
import { printable } from "./printable.ts";

/** Bytes on a row. */
const perRow = 8;

/**
 * The bytes of frames with what they mean, a row for each field (and eight bytes):
 *
 *     offset    hex                      text      field
 *     00000000  00 00 00 7c              ...|      total length  124
 *
 * Where a transport chunk ended, a line says so.
 *
 * @param base offset of the body in something larger.
 */
export function hexDump(
  stream: Pick<InspectedStream, "body" | "chunks">,
  frames: readonly InspectedFrame[],
  colors: Colors,
  base = 0,
): string[] {
  const { body, chunks = [] } = stream;
  const ends = new Map(chunks.map((chunk, index) => [chunk.end, index + 1]));
  return frames.flatMap((frame) => [
    "",
    colors.bold(`frame ${frame.number}  ${printable(frame.name)}  ${frame.length} bytes at ${base + frame.offset}`),
    ...frameFields(body, frame.offset).flatMap((field) => fieldRows(field, body, ends, colors, base)),
    ...(frame.problem
      ? [colors.red(`!! byte ${base + frame.problem.offset}: ${frame.problem.code}: ${frame.problem.message}`)]
      : []),
  ]);
}

function fieldRows(
  field: Field,
  body: Uint8Array,
  ends: ReadonlyMap<number, number>,
  colors: Colors,
  base: number,
): string[] {
  const rows: string[] = [];
  const fieldEnd = field.offset + field.length;
  for (let at = field.offset; at < fieldEnd;) {
    let end = Math.min(at + perRow, fieldEnd);
    for (let inside = at + 1; inside < end; inside++) if (ends.has(inside)) end = inside;
    const said = at === field.offset ? `${field.name.padEnd(14)}  ${field.value}` : "";
    const row = `${rowBytes(body.subarray(at, end), base + at)}  ${said}`.trimEnd();
    rows.push(field.wrong ? colors.red(row) : row);
    const chunk = ends.get(end);
    if (chunk !== undefined) rows.push(colors.dim(`--------  chunk ${chunk} ends`));
    at = end;
  }
  return rows;
}

function rowBytes(bytes: Uint8Array, at: number): string {
  const offset = at.toString(16).padStart(8, "0");
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
  return `${offset}  ${hex.padEnd(perRow * 3 - 1)}  ${text.padEnd(perRow)}`;
}
