import type { End } from "./cassette.ts";
import type { CreateHash } from "./body-hash.ts";
import { hex, portableSha256 } from "./body-hash.ts";
import { fittedChunks } from "./fitted-chunks.ts";
import { timingLines, written } from "./format-cassette.ts";
import { itemBytes, readFrame, readRaw } from "./item-line.ts";
import type { Line } from "./line.ts";
import { parseLine } from "./line.ts";
import type { ParseCassetteOptions } from "./parse-cassette.ts";
import { parseCassette } from "./parse-cassette.ts";
import { readHeader, readTiming } from "./read-lines.ts";

export interface FixedText {
  readonly text: string;
  /** What was changed, with the number of the line it was on. Empty when nothing had to be. */
  readonly changes: readonly { readonly line: number; readonly what: "end" | "timing" | "origin" }[];
}

/**
 * Brings a cassette that was edited by hand up to date: its `end` lines say again how many items, which size and which
 * hash there are; chunks that do not fit the items any more are fitted; and if anything had to be changed, a `recorded`
 * cassette says that it is `edited`. Every other line stays as it is, to the byte.
 *
 * @throws CassetteError what `parseCassette` throws about everything else.
 */
export function fixCassetteText(text: string, options: ParseCassetteOptions = {}): FixedText {
  const { sha256 = portableSha256 } = options;
  const lines = text.split("\n");
  const changes: FixedText["changes"][number][] = [];
  let body = new BodySummary(sha256);
  let timing: { at: number; line: Line }[] = [];

  const replace = (at: number, what: "end" | "timing" | "origin", by: string | undefined) => {
    changes.push({ line: at + 1, what });
    const lineEnd = lines[at]!.endsWith("\r") ? "\r" : "";
    lines[at] = by === undefined ? removed : by.replaceAll("\n", `${lineEnd}\n`).slice(0, -1);
  };
  const closeExchange = () => {
    const fitted =
      timing.length === 0
        ? undefined
        : fittedTiming(
            timing.map(({ line }) => line),
            body.ends,
          );
    for (const [index, { at }] of timing.entries()) {
      if (fitted !== undefined) replace(at, "timing", index === 0 ? fitted : undefined);
    }
    timing = [];
  };

  for (const [at, given] of text.split("\n").entries()) {
    const content = given.replace(/\r$/, "");
    if (/^\s*$/.test(content) || (at > 0 && content.startsWith("#"))) continue;
    const line = parseLine(content, at + 1);
    if (line.kind === undefined || line.kind === "req") {
      closeExchange();
      body = new BodySummary(sha256);
    }
    if (line.kind === "frame") body.add(itemBytes(readFrame(line, options)));
    if (line.kind === "raw") body.add(itemBytes(readRaw(line)));
    if (line.kind === "timing") timing.push({ at, line });
    if (line.kind === "end") {
      const fixed = fixedEnd(line, body.end());
      if (fixed !== undefined) replace(at, "end", fixed);
    }
  }
  closeExchange();

  if (changes.length > 0) {
    const first = parseLine(lines[0]!.replace(/\r$/, ""), 1);
    if (first.kind === undefined && readHeader(first).origin === "recorded") {
      replace(0, "origin", written({ ...first.members, origin: "edited" }));
    }
  }
  const fixed = changes.length === 0 ? text : lines.filter((line) => line !== removed).join("\n");
  parseCassette(fixed, options);
  return { text: fixed, changes: changes.toSorted((a, b) => a.line - b.line) };
}

/** No line of a text can be this. */
const removed = "\n";

/** What the items of an exchange add up to. */
class BodySummary {
  readonly ends: number[] = [];
  readonly #hash: ReturnType<CreateHash>;
  #end: Omit<End, "how"> | undefined;

  constructor(sha256: CreateHash) {
    this.#hash = sha256();
  }

  add(bytes: Uint8Array): void {
    // Out of order, which is said when the whole is read.
    if (this.#end) return;
    this.#hash.update(bytes);
    this.ends.push((this.ends.at(-1) ?? 0) + bytes.length);
  }

  end(): Omit<End, "how"> {
    this.#end ??= { items: this.ends.length, bytes: this.ends.at(-1) ?? 0, sha256: hex(this.#hash.digest()) };
    return this.#end;
  }
}

/** The line as it should be, or undefined when it is. */
function fixedEnd({ members }: Line, actual: Omit<End, "how">): string | undefined {
  const { items, bytes, sha256 } = actual;
  if (members["items"] === items && members["bytes"] === bytes && members["sha256"] === sha256) return undefined;
  return written({ ...members, ...actual });
}

/** The `timing` lines as they should be, or undefined when they are. */
function fittedTiming(lines: readonly Line[], itemEnds: readonly number[]): string | undefined {
  const read = lines.map(readTiming);
  const chunks = read.flatMap((line) => line.chunks);
  const fitted = [...fittedChunks(chunks, itemEnds)];
  if (fitted.length === chunks.length && fitted.every((chunk, index) => chunk === chunks[index])) return undefined;
  return [...timingLines({ unit: "ms", res: read[0]!.res, chunks: fitted })].join("");
}
