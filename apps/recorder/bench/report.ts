import { median } from "./statistics.ts";

/** All that was measured of one candidate; lists have one value a round. */
export interface Figures {
  readonly name: string;
  firstByteMs?: { readonly p50: number; readonly p99: number };
  /** By the shape of the stream. */
  readonly long: Record<string, LongFigures>;
  /** All streams together, to the end of the last one. */
  readonly streamsMs: number[];
  /** From then until all are in their file. */
  readonly streamsSavedMs: number[];
}

export interface LongFigures {
  readonly megabytesPerSecond: number[];
  readonly processorMsPerMegabyte: number[];
  /** The most memory while streaming less that before, in MB. */
  readonly residentGrowth: number[];
  /** The same, until the recording is in its file. */
  readonly residentGrowthSaved: number[];
  /** From the last byte until then. Empty for who does not record. */
  readonly savedMs: number[];
}

export function emptyLong(): LongFigures {
  return {
    megabytesPerSecond: [],
    processorMsPerMegabyte: [],
    residentGrowth: [],
    residentGrowthSaved: [],
    savedMs: [],
  };
}

export interface Run {
  readonly mitmproxy: string | undefined;
  readonly rounds: number;
  readonly calls: number;
  readonly megabytes: number;
  readonly streams: number;
}

const bare = "bare node:http proxy";

const ratio = (value: number, other: number) => `${(value / other).toFixed(2)}x`;

const speed = ({ megabytesPerSecond }: LongFigures) => median(megabytesPerSecond);

const seconds = (values: readonly number[]) => `${(median(values) / 1000).toFixed(2)} s`;

const megabytes = (values: readonly number[]) => `${median(values).toFixed(0)} MB`;

const ms = (value: number) => `${value.toFixed(2)} ms`;

const added = (value: number, base: number) => `${value < base ? "-" : "+"}${Math.abs(value - base).toFixed(2)} ms`;

/** Tables of medians, as ratios wherever there is something to compare with. */
export function report(figures: readonly Figures[], run: Run): string {
  const named = (name: string) => figures.find((one) => one.name === name)!;
  const direct = named("direct");

  const lines = [`First byte, one call after the other, ${run.calls} each:`, ""];
  lines.push(
    ...table([
      ["", "p50", "p99", "p50 added", "p99 added"],
      ...figures.map(({ name, firstByteMs }) => {
        const { p50, p99 } = firstByteMs!;
        const base = direct.firstByteMs!;
        return [
          name,
          ms(p50),
          ms(p99),
          ...(name === "direct" ? ["", ""] : [added(p50, base.p50), added(p99, base.p99)]),
        ];
      }),
    ]),
  );
  for (const shape of Object.keys(direct.long)) {
    lines.push("", `One stream of ${run.megabytes} MB, ${shape}, median of ${run.rounds}:`, "");
    lines.push(
      ...table([
        ["", "MB/s", "of direct", "of bare", "CPU", "memory grew", "saved after", "memory with that"],
        ...figures.map(({ name, long }) => {
          const of = (other: string) => ratio(speed(long[shape]!), speed(named(other).long[shape]!));
          const cells = [name, speed(long[shape]!).toFixed(0), of("direct"), of(bare)];
          if (name === "direct") return [...cells, "", "", "", ""];
          const { processorMsPerMegabyte, residentGrowth, residentGrowthSaved, savedMs } = long[shape]!;
          const saved = savedMs.length === 0 ? ["", ""] : [seconds(savedMs), megabytes(residentGrowthSaved)];
          return [...cells, `${median(processorMsPerMegabyte).toFixed(1)} ms/MB`, megabytes(residentGrowth), ...saved];
        }),
      ]),
    );
  }
  lines.push("", `${run.streams} streams of 100 chunks at one time, median of ${run.rounds}:`, "");
  lines.push(
    ...table([
      ["", "time", "of direct", "of bare", "saved after"],
      ...figures.map(({ name, streamsMs, streamsSavedMs }) => {
        const time = median(streamsMs);
        return [
          name,
          seconds(streamsMs),
          ratio(time, median(direct.streamsMs)),
          ratio(time, median(named(bare).streamsMs)),
          streamsSavedMs.length === 0 ? "" : seconds(streamsSavedMs),
        ];
      }),
    ]),
  );
  lines.push("", "Every byte that came through, and every recording, is what the origin sent (SHA-256).");
  if (run.mitmproxy === undefined) lines.push("Without mitmproxy: it is not installed (apt-get install mitmproxy).");
  else
    lines.push(
      `mitmproxy ${run.mitmproxy}; streaming, it keeps nothing of what it relays. Otherwise its long stream has 4 MB only.`,
    );
  return lines.join("\n");
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
