import type { CreateHash } from "./body-hash.ts";
import { portableSha256 } from "./body-hash.ts";
import type { Cassette, CassetteHeader, Exchange } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import { ExchangeReader } from "./exchange-reader.ts";
import type { Line } from "./line.ts";
import { parseLine } from "./line.ts";
import { readHeader } from "./read-lines.ts";

export interface ParseCassetteOptions {
  /** SHA-256 for checking the bodies. Default: a portable one. */
  readonly sha256?: CreateHash;
}

const header = "first";

/** Which lines may follow a line. `first` is the line without a kind; other kinds than these are ignored. */
const followers: Readonly<Record<string, readonly string[]>> = {
  // Cassettes can be concatenated, so that a first line may be in the middle.
  [header]: ["req", header],
  req: ["res"],
  res: ["frame", "raw", "end"],
  frame: ["frame", "raw", "end"],
  raw: ["frame", "raw", "end"],
  end: ["timing", "meta", "req", header],
  timing: ["timing", "meta", "req", header],
  meta: ["req", header],
};

/**
 * Reads a cassette and checks all of it: the order of the lines, every member, and that the items make the bytes, hash and
 * chunks recorded. CRLF line ends and blank lines are accepted; comments, unknown members and unknown kinds of
 * lines are ignored.
 *
 * @throws CassetteError `syntax`, `field`, `order`, `integrity`, `version` or `line_length`, with the line and, where there
 *   is one, the field.
 */
export function parseCassette(text: string, options: ParseCassetteOptions = {}): Cassette {
  const { sha256 = portableSha256 } = options;
  let first: CassetteHeader | undefined;
  const exchanges: Exchange[] = [];
  let open: ExchangeReader | undefined;
  let before: Line | undefined;

  for (const line of linesOf(text)) {
    const kind = line.kind ?? header;
    if (!Object.hasOwn(followers, kind)) continue;
    checkOrder(before, line);
    before = line;
    if (kind !== header && kind !== "req") {
      open!.take(line);
      continue;
    }
    if (open) exchanges.push(open.finish());
    open = kind === "req" ? new ExchangeReader(line, sha256) : undefined;
    if (kind === header) {
      const read = readHeader(line);
      first ??= read;
    }
  }

  if (!before)
    throw new CassetteError("order", "Cassette line 1: the cassette is empty; expected a first line", { line: 1 });
  const next = followers[before.kind ?? header]!;
  if (!next.includes("req")) {
    throw new CassetteError(
      "order",
      `The cassette ends inside an exchange, after its ${before.kind!} line ${String(before.number)}; expected ${listed(next)}`,
      { line: before.number },
    );
  }
  if (open) exchanges.push(open.finish());
  return { header: first!, exchanges };
}

function* linesOf(text: string): Generator<Line, void, undefined> {
  let number = 0;
  for (let at = 0; at < text.length;) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    const line = text.slice(at, end).replace(/\r$/, "");
    number += 1;
    at = end + 1;
    const skipped = number > 1 && (line.startsWith("#") || /^\s*$/.test(line));
    if (!skipped) yield parseLine(line, number);
  }
}

function checkOrder(before: Line | undefined, line: Line): void {
  const allowed = before ? followers[before.kind ?? header]! : [header];
  const kind = line.kind ?? header;
  if (allowed.includes(kind)) return;
  const place = before ? `after ${before.kind ?? "the first line"}` : "at the start";
  throw new CassetteError(
    "order",
    `Cassette line ${String(line.number)}: found ${kind === header ? "a line without k" : `a ${kind} line`} ${place}; expected ${listed(allowed)}`,
    { line: line.number, field: "k" },
  );
}

function listed(kinds: readonly string[]): string {
  return kinds.map((kind) => (kind === header ? 'a first line ({"eventstream":1,...})' : kind)).join(" or ");
}
