import { count, size } from "../call-log.ts";
import type { Colors } from "../terminal.ts";
import { tenths, type InspectedFrame, type InspectedStream, type Inspection } from "./inspection.ts";
import { cut, printable } from "./printable.ts";
import { timeline } from "./timeline.ts";

/** How the text is laid out. */
export interface TextOptions {
  readonly colors: Colors;
  /** Columns of the terminal. */
  readonly width: number;
}

/** The summary of a file: for each stream what was asked and answered, the timeline, the frames, the warnings. */
export function inspectionText(inspection: Inspection, options: TextOptions): string[] {
  return [
    titleLine(inspection, options),
    ...inspection.streams.flatMap((stream) => ["", ...streamText(stream, options)]),
  ];
}

function titleLine({ file, format, header, streams }: Inspection, { colors }: TextOptions): string {
  if (format === "event-stream") return `${colors.bold(file)}  event stream`;
  const { title, origin } = header!;
  const name = title === undefined ? "" : `: ${printable(title)}`;
  return `${colors.bold(file)}  cassette, ${count(streams.length, "exchange")}, ${origin}${name}`;
}

function streamText(stream: InspectedStream, options: TextOptions): string[] {
  const { colors, width } = options;
  return [
    ...requestLines(stream, options),
    factsLine(stream),
    ...trailerLines(stream, options),
    ...timingLines(stream),
    ...(stream.chunks && stream.frames.length > 0 ? ["", ...timeline(stream, Math.min(width, 100))] : []),
    ...(stream.frames.length > 0 ? ["", ...frameTable(stream.frames, options)] : []),
    ...(stream.opaque === undefined ? [] : [cut(printable(text(stream.body)), width)]),
    ...(stream.warnings.length > 0 ? [""] : []),
    ...stream.warnings.map((warning) => `${colors.yellow("warning:")} ${printable(warning)}`),
  ];
}

function requestLines({ number, exchange }: InspectedStream, { colors, width }: TextOptions): string[] {
  if (!exchange) return [];
  const { method, path, body } = exchange.request;
  return [
    colors.bold(`${number}  ${method} ${printable(path)}`),
    ...(body.length > 0 ? [`request   ${cut(preview(body), width - 10)}`] : []),
  ];
}

function factsLine({ exchange, frames, body, opaque }: InspectedStream): string {
  const payload = frames.reduce((sum, { message }) => sum + (message?.payload.length ?? 0), 0);
  const facts = [
    ...(exchange ? [String(exchange.response.status)] : []),
    ...(opaque === undefined ? [count(frames.length, "frame")] : [opaque]),
    body.length === 0 || opaque !== undefined ? size(body.length) : `${size(body.length)} (payload ${size(payload)})`,
    ...(exchange ? [`ended by ${exchange.end.how}`] : []),
  ];
  return `${exchange ? "response  " : ""}${facts.join(", ")}`;
}

function trailerLines({ exchange }: InspectedStream, { width }: TextOptions): string[] {
  const { trailers = [] } = exchange ?? {};
  if (trailers.length === 0) return [];
  const lines = trailers.map(([name, value]) => `${name}: ${value}`).join(", ");
  return [`trailers  ${cut(printable(lines), width - 10)}`];
}

function timingLines({ exchange, chunks = [] }: InspectedStream): string[] {
  const timing = exchange?.timing;
  if (!timing) return [];
  const [first] = chunks;
  const parts = [`head ${timing.res} ms`];
  if (first) {
    const last = chunks.at(-1)!;
    const largest = chunks.reduce((best, chunk) => (chunk.gap > best.gap ? chunk : best));
    parts.push(`first byte ${first.at} ms`, `last ${last.at} ms`, count(chunks.length, "chunk"));
    parts.push(`largest gap ${largest.gap} ms${largest.paused ? " (the client's)" : ""}`);
  }
  return [`timing    ${parts.join(", ")}`];
}

function frameTable(frames: readonly InspectedFrame[], { colors, width }: TextOptions): string[] {
  const timed = frames.some(({ at }) => at !== undefined);
  const rows = frames.map((frame, index) => {
    const before = frames[index - 1]?.at ?? frame.at;
    return [
      String(frame.number),
      ...(timed ? [String(frame.at ?? ""), index === 0 ? "" : `+${tenths((frame.at ?? 0) - (before ?? 0))}`] : []),
      String(frame.offset),
      String(frame.length),
      printable(frame.name),
    ];
  });
  const head = ["#", ...(timed ? ["ms", "gap"] : []), "offset", "bytes", "name"];
  const widths = head.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]!.length), title.length),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join("  ");
  const room = Math.max(12, width - widths.reduce((sum, cells) => sum + cells + 2, 0));
  const colour = (frame: InspectedFrame) =>
    frame.kind === "event" ? (cells: string) => cells : frame.kind === "damaged" ? colors.red : colors.yellow;
  return [
    colors.dim(`${line(head)}  payload`),
    ...frames.map((frame, index) => {
      const said = frame.problem ? frame.problem.code : preview(frame.message!.payload);
      return `${colour(frame)(line(rows[index]!))}  ${cut(said, room)}`.trimEnd();
    }),
  ];
}

/** A payload on one line: text as text, anything else as hex. */
export function preview(payload: Uint8Array): string {
  const start = payload.subarray(0, 400);
  try {
    // The start may end inside a character, which then is not an error of the payload.
    return printable(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(start, { stream: true }));
  } catch {
    return Buffer.from(start.subarray(0, 64))
      .toString("hex")
      .replace(/(..)(?=.)/g, "$1 ");
  }
}

function text(body: Uint8Array): string {
  return new TextDecoder().decode(body.subarray(0, 4096));
}
