import type { HeaderLine } from "@eventstream-kit/service";
import { longestMs } from "./chunk-clock.ts";
import type { CassetteHeader, ChunkTime, End, RecordedRequest, RecordedResponse } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import type { Line } from "./line.ts";
import { countMember, isCount, textMember, wrongMember } from "./line.ts";
import { isNestedDeeper } from "./nesting.ts";
import { readBody, type PayloadAccess } from "./read-payload.ts";
import { isHeaderValue, isPath, isToken } from "./wire-text.ts";

/** The format version this package writes, and the newest it reads. */
const version = 1;

export function readHeader(line: Line): CassetteHeader {
  const { eventstream, op, title, origin } = line.members;
  if (!isCount(eventstream) || eventstream < 1) {
    throw wrongMember(line, "eventstream", eventstream, "the format version, a whole number from 1");
  }
  if (eventstream > version) {
    throw new CassetteError(
      "version",
      `Cassette line ${String(line.number)}: the format version is ${String(eventstream)}; ` +
        `expected at most ${String(version)}: a newer @eventstream-kit/cassette reads it`,
      { line: line.number, field: "eventstream" },
    );
  }
  if (origin !== "recorded" && origin !== "edited" && origin !== "synthetic") {
    throw wrongMember(line, "origin", origin, '"recorded", "edited" or "synthetic"');
  }
  return {
    eventstream: version,
    ...(op === undefined ? {} : { op: textMember(line, "op") }),
    ...(title === undefined ? {} : { title: textMember(line, "title") }),
    origin,
  };
}

export function readRequest(line: Line, access: PayloadAccess = {}): RecordedRequest {
  const method = textMember(line, "method");
  if (!isToken(method)) throw wrongMember(line, "method", method, "an HTTP method");
  const path = textMember(line, "path");
  if (!isPath(path)) throw wrongMember(line, "path", path, "a path from / on, without blanks");
  const headers = readHeaderLines(line);
  return { method, path, headers, body: readBody(line, access) };
}

export function readResponse(line: Line): RecordedResponse {
  const status = countMember(line, "status", 200);
  if (status > 599) throw wrongMember(line, "status", status, "a status from 200 to 599");
  return { status, headers: readHeaderLines(line) };
}

/** The `headers` of a line. */
export function readHeaderLines(line: Line): HeaderLine[] {
  const { headers } = line.members;
  if (!Array.isArray(headers)) throw wrongMember(line, "headers", headers, "a list of [name, value]");
  return headers.map((entry: unknown, index) => {
    const at = `headers[${String(index)}]`;
    if (!Array.isArray(entry) || entry.length !== 2) throw wrongMember(line, at, entry, "[name, value]");
    const [name, value] = entry as [unknown, unknown];
    if (typeof name !== "string" || !isToken(name)) throw wrongMember(line, `${at}[0]`, name, "a header name");
    if (typeof value !== "string" || !isHeaderValue(value)) {
      throw wrongMember(line, `${at}[1]`, value, "a header value, a string without CR, LF and NUL");
    }
    return [name, value];
  });
}

const hows: readonly string[] = ["eof", "reset", "timeout", "client-abort", "limit"] satisfies End["how"][];

export function readEnd(line: Line): End {
  const how = textMember(line, "how");
  if (!hows.includes(how)) throw wrongMember(line, "how", how, hows.join(", "));
  const sha256 = textMember(line, "sha256");
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw wrongMember(line, "sha256", sha256, "64 hex digits in lower case");
  return { how: how as End["how"], items: countMember(line, "items"), bytes: countMember(line, "bytes"), sha256 };
}

export interface TimingLine {
  /** On the first `timing` line of an exchange only. */
  readonly res: number | undefined;
  readonly chunks: readonly ChunkTime[];
}

export function readTiming(line: Line): TimingLine {
  const { unit, res, chunks } = line.members;
  if (unit !== "ms") throw wrongMember(line, "unit", unit, '"ms"');
  if (res !== undefined && !isDuration(res)) throw wrongMember(line, "res", res, duration);
  if (!Array.isArray(chunks)) throw wrongMember(line, "chunks", chunks, "a list of [dt, item, extra?, paused?]");
  return { res, chunks: chunks.map((entry: unknown, index) => readChunk(line, entry, `chunks[${String(index)}]`)) };
}

function readChunk(line: Line, entry: unknown, at: string): ChunkTime {
  if (!Array.isArray(entry) || entry.length < 2 || entry.length > 4) {
    throw wrongMember(line, at, entry, "[dt, item, extra?, paused?]");
  }
  const [dt, item, extra = 0, paused] = entry as unknown[];
  if (!isDuration(dt)) throw wrongMember(line, `${at}[0]`, dt, duration);
  if (!isCount(item)) throw wrongMember(line, `${at}[1]`, item, "a number of items");
  if (!isCount(extra)) throw wrongMember(line, `${at}[2]`, extra, "a number of bytes");
  if (paused !== undefined && paused !== "p") throw wrongMember(line, `${at}[3]`, paused, '"p" or nothing');
  return { dt, item, extra, ...(paused === "p" ? { paused: true } : {}) };
}

/** `JSON.parse` takes what nothing could write again. */
const mostLevels = 1000;

export function readMeta(line: Line): Record<string, unknown> {
  const { k: _, ...meta } = line.members;
  for (const [name, value] of Object.entries(meta)) {
    if (!isNestedDeeper(value, mostLevels)) continue;
    throw wrongMember(line, name, value, `lists and objects of at most ${String(mostLevels)} levels`);
  }
  return meta;
}

const duration = `milliseconds from 0 to ${String(longestMs)}`;

/** `1e400` in JSON is Infinity, which `JSON.stringify` cannot give back; so is the sum of two of 1e308. */
function isDuration(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= longestMs;
}
