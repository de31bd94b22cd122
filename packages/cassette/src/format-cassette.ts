import type { Cassette, CassetteHeader, ChunkTime, Exchange, Item, LongExchange, LongTiming } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import { frameMembersWithFile, itemLine } from "./item-line.ts";
import { lineBytes, maxLineBytes } from "./line.ts";
import { longestInline, type PayloadFile } from "./payload-file.ts";
import { payloadToMembers } from "./payload-notation.ts";

/** Chunks on one `timing` line. */
const chunksPerLine = 64;

/**
 * A cassette as text in its one canonical form: members in fixed order, the spacing of `JSON.stringify`, LF line ends, one at
 * the end too. Equal cassettes give equal text.
 *
 * @throws CassetteError `line_length` for a frame, request body or meta that does not fit a line of 1 MiB. `saveCassette`
 *   puts long payloads into files of their own.
 */
export function formatCassette(cassette: Cassette): string {
  return headerLine(cassette.header) + cassette.exchanges.map(formatExchange).join("");
}

/** @param others further members, which this version does not know. */
export function headerLine(header: CassetteHeader, others: Readonly<Record<string, unknown>> = {}): string {
  const { eventstream, op, title, origin } = header;
  return written({ eventstream, op, title, origin, ...others });
}

/** The lines of one exchange, for the end of a cassette that has a header line already. */
export function formatExchange(exchange: Exchange): string {
  return [...exchangeLines(exchange)].join("");
}

/**
 * The lines of one exchange, each with its end.
 *
 * Items may be lent: they, and what `files` is given, are there until the next line is asked for.
 *
 * @param files puts a payload or body that is too long for a line into a file of its own. Default: all are in lines.
 * @param onItem is told of each item, before its line.
 */
export function* exchangeLines(
  exchange: LongExchange,
  files?: (payload: Uint8Array) => PayloadFile,
  onItem?: (item: Item) => void,
): Generator<string, void, undefined> {
  const { request, response, items, trailers, end, timing, meta } = exchange;
  const { method, path, headers, body } = request;
  const bodyMembers = files && body.length > longestInline ? { ...files(body) } : payloadToMembers(body);
  yield written({ k: "req", method, path, headers, ...bodyMembers });
  yield written({ k: "res", status: response.status, headers: response.headers });
  for (const item of items.lent?.() ?? items) {
    onItem?.(item);
    const isLong = item.kind === "frame" && item.message.payload.length > longestInline;
    yield files && isLong
      ? written(frameMembersWithFile(item.message, files(item.message.payload)))
      : ended(itemLine(item));
  }
  if (trailers) yield written({ k: "trailers", headers: trailers });
  yield written({ k: "end", how: end.how, items: end.items, bytes: end.bytes, sha256: end.sha256 });
  if (timing) yield* timingLines(timing);
  if (meta) yield metaLine(meta);
}

/**
 * The lines of the chunks, of which there can be hundreds of thousands.
 *
 * @param others further members, which this version does not know.
 */
export function* timingLines(
  { unit, res, chunks }: Omit<LongTiming, "res"> & { readonly res: number | undefined },
  others: Readonly<Record<string, unknown>> = {},
): Generator<string, void, undefined> {
  let isFirst = true;
  for (const entries of inLines(chunks)) {
    yield written(
      isFirst ? { k: "timing", unit, res, chunks: entries, ...others } : { k: "timing", unit, chunks: entries },
    );
    isFirst = false;
  }
}

/** One line at least. */
function* inLines(chunks: Iterable<ChunkTime>): Generator<readonly ChunkEntry[], void, undefined> {
  let entries: ChunkEntry[] = [];
  for (const chunk of chunks) {
    if (entries.length === chunksPerLine) {
      yield entries;
      entries = [];
    }
    entries.push(chunkEntry(chunk));
  }
  // The last one, or the only one of a body without chunks.
  yield entries;
}

type ChunkEntry = readonly (number | string)[];

function chunkEntry({ dt, item, extra, paused }: ChunkTime): ChunkEntry {
  if (paused) return [dt, item, extra, "p"];
  return extra > 0 ? [dt, item, extra] : [dt, item];
}

const metaOrder = ["recorder", "recordedAt", "region", "http", "boundary", "auth", "redacted"];

export function metaLine(meta: Readonly<Record<string, unknown>>): string {
  try {
    return written({ k: "meta", ...inMetaOrder(meta) });
  } catch (cause) {
    if (cause instanceof CassetteError) throw cause;
    throw unwritable("meta", cause);
  }
}

/** Known members as a reader wants them, then the others by name. */
function inMetaOrder(meta: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(meta).filter((name) => name !== "k");
  names.sort((a, b) => metaRank(a) - metaRank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, sorted(meta[name])]));
}

function metaRank(name: string): number {
  return metaOrder.includes(name) ? metaOrder.indexOf(name) : metaOrder.length;
}

/** A value with the members of its objects by name, so that equal values are equal text. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]));
}

/**
 * A line with its end. What a caller or a cassette brings along may be nested too deep, or be nothing that JSON has.
 *
 * @throws CassetteError `field`, `line_length`
 */
export function written(members: Record<string, unknown>): string {
  let line: string;
  try {
    line = JSON.stringify(members);
  } catch (cause) {
    const { k } = members;
    throw unwritable(typeof k === "string" ? k : "the first line", cause);
  }
  return ended(line);
}

function unwritable(field: string, cause: unknown): CassetteError {
  return new CassetteError("field", `Writing a cassette: ${field} has a value that JSON cannot hold`, { field, cause });
}

function ended(line: string): string {
  const bytes = lineBytes(line);
  if (bytes > maxLineBytes) {
    throw new CassetteError(
      "line_length",
      `Writing a cassette: a line would have ${String(bytes)} bytes; expected at most ${String(maxLineBytes)}: ${line.slice(0, 60)}...`,
    );
  }
  return `${line}\n`;
}
