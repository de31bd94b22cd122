import type { ChunkTime } from "./cassette.ts";
import { headerLine, metaLine, timingLines, written } from "./format-cassette.ts";
import { frameMembersWithFile, itemMembers, readFrame, readRaw } from "./item-line.ts";
import type { Line } from "./line.ts";
import { parseLine } from "./line.ts";
import type { ParseCassetteOptions } from "./parse-cassette.ts";
import { parseCassette } from "./parse-cassette.ts";
import type { PayloadFile } from "./payload-file.ts";
import { payloadToMembers } from "./payload-notation.ts";
import { readEnd, readHeader, readHeaderLines, readMeta, readRequest, readResponse, readTiming } from "./read-lines.ts";

/**
 * The canonical form of a cassette that somebody may have written in: members in fixed order, the spacing of
 * `JSON.stringify`, payloads in the first notation that fits, LF line ends. Unlike `formatCassette` of `parseCassette` it
 * keeps what readers pass over: comments, lines of unknown kinds and unknown members. Blank lines go.
 *
 * A text in canonical form comes back as it is.
 *
 * @throws CassetteError what `parseCassette` throws.
 */
export function formatCassetteText(text: string, options: ParseCassetteOptions = {}): string {
  parseCassette(text, options);
  const out: string[] = [];
  let timing: PendingTiming | undefined;
  const flush = () => {
    for (const line of timing?.lines() ?? []) out.push(line);
    timing = undefined;
  };
  for (const [index, given] of text.split("\n").entries()) {
    const line = given.replace(/\r$/, "");
    if (/^\s*$/.test(line)) continue;
    if (index > 0 && line.startsWith("#")) {
      flush();
      out.push(`${line}\n`);
      continue;
    }
    const parsed = parseLine(line, index + 1);
    if (parsed.kind === "timing") {
      timing ??= new PendingTiming();
      timing.take(parsed);
      continue;
    }
    flush();
    out.push(canonicalLine(parsed, options) ?? `${line}\n`);
  }
  flush();
  return out.join("");
}

/** The `timing` lines of one exchange: how many chunks stand on a line is canonical, too. */
class PendingTiming {
  #res: number | undefined;
  readonly #chunks: ChunkTime[] = [];
  #others: Record<string, unknown> = {};

  take(line: Line): void {
    const { res, chunks } = readTiming(line);
    this.#res ??= res;
    for (const chunk of chunks) this.#chunks.push(chunk);
    this.#others = { ...this.#others, ...others(line, ["unit", "res", "chunks"]) };
  }

  lines(): Iterable<string> {
    return timingLines({ unit: "ms", res: this.#res, chunks: this.#chunks }, this.#others);
  }
}

const payload = ["json", "text", "b64", "file", "bytes"];

/** Undefined for a kind that nobody knows. */
function canonicalLine(line: Line, access: ParseCassetteOptions): string | undefined {
  switch (line.kind) {
    case undefined:
      return headerLine(readHeader(line), others(line, ["eventstream", "op", "title", "origin"]));
    case "req": {
      const { method, path, headers, body } = readRequest(line, access);
      const known = { k: "req", method, path, headers, ...(fileOf(line) ?? payloadToMembers(body)) };
      return written({ ...known, ...others(line, ["method", "path", "headers", ...payload]) });
    }
    case "res":
      return written({ k: "res", ...readResponse(line), ...others(line, ["status", "headers"]) });
    case "frame":
    case "raw":
      return written({
        ...itemMembersOf(line, access),
        ...others(line, itemNames),
      });
    case "trailers":
      return written({ k: "trailers", headers: readHeaderLines(line), ...others(line, ["headers"]) });
    case "end": {
      const { how, items, bytes, sha256 } = readEnd(line);
      return written({ k: "end", how, items, bytes, sha256, ...others(line, ["how", "items", "bytes", "sha256"]) });
    }
    case "meta":
      return metaLine(readMeta(line));
    default:
      return undefined;
  }
}

const itemNames = ["dir", "event", "ct", "headers", "why", ...payload];

/** A payload that is in a file of its own stays there. */
function itemMembersOf(line: Line, access: ParseCassetteOptions): Record<string, unknown> {
  const item = line.kind === "frame" ? readFrame(line, access) : readRaw(line);
  const file = fileOf(line);
  return file && item.kind === "frame" ? frameMembersWithFile(item.message, file) : { ...itemMembers(item) };
}

function fileOf({ members }: Line): PayloadFile | undefined {
  const { file, bytes } = members;
  return typeof file === "string" && typeof bytes === "number" ? { file, bytes } : undefined;
}

/** The members that this version does not know, in the order in which they were written. */
function others({ members }: Line, known: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name !== "k" && !known.includes(name)));
}
