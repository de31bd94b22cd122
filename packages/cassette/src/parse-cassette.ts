import type { CreateHash } from "./body-hash.ts";
import { portableSha256 } from "./body-hash.ts";
import type { Cassette, CassetteHeader, Exchange } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import { ExchangeReader, type ReadingOptions } from "./exchange-reader.ts";
import type { Line } from "./line.ts";
import { parseLine } from "./line.ts";
import type { ReadPayloadFile } from "./payload-file.ts";
import { readHeader } from "./read-lines.ts";

export interface ParseCassetteOptions {
  /** SHA-256 for checking the bodies. Default: a portable one. */
  readonly sha256?: CreateHash;
  /** Reads payloads that are in files of their own. Default: a cassette with such files is refused. */
  readonly readFile?: ReadPayloadFile;
}

const header = "first";

/** Which lines may follow a line. `first` is the line without a kind; other kinds than these are ignored. */
const followers: Readonly<Record<string, readonly string[]>> = {
  // Cassettes can be concatenated, so that a first line may be in the middle.
  [header]: ["req", header],
  req: ["res"],
  res: ["frame", "raw", "trailers", "end"],
  frame: ["frame", "raw", "trailers", "end"],
  raw: ["frame", "raw", "trailers", "end"],
  trailers: ["end"],
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
  const parser = new CassetteParser(options);
  for (let at = 0; at < text.length;) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    parser.line(text.slice(at, end));
    at = end + 1;
  }
  return parser.finish();
}

/** {@link parseCassette} for what comes line by line. */
export class CassetteParser {
  readonly #reading: ReadingOptions;
  #first: CassetteHeader | undefined;
  readonly #exchanges: Exchange[] = [];
  #open: ExchangeReader | undefined;
  #before: Line | undefined;
  #number = 0;

  /** @param options `checkOnly`: the exchanges have no items and no chunks, for they are forgotten once they are checked. */
  constructor({ sha256 = portableSha256, ...others }: ParseCassetteOptions & { readonly checkOnly?: boolean } = {}) {
    this.#reading = { sha256, ...others };
  }

  /** @param given without its line end; a carriage return may be there. */
  line(given: string): void {
    const text = given.endsWith("\r") ? given.slice(0, -1) : given;
    this.#number += 1;
    const skipped = this.#number > 1 && (text.startsWith("#") || /^\s*$/.test(text));
    if (!skipped) this.#take(parseLine(text, this.#number));
  }

  finish(): Cassette {
    const before = this.#before;
    if (!before) {
      throw new CassetteError("order", "Cassette line 1: the cassette is empty; expected a first line", { line: 1 });
    }
    const next = followers[before.kind ?? header]!;
    if (!next.includes("req")) {
      throw new CassetteError(
        "order",
        `The cassette ends inside an exchange, after its ${before.kind!} line ${String(before.number)}; expected ${listed(next)}`,
        { line: before.number },
      );
    }
    this.#close();
    return { header: this.#first!, exchanges: this.#exchanges };
  }

  #take(line: Line): void {
    const kind = line.kind ?? header;
    if (!Object.hasOwn(followers, kind)) return;
    checkOrder(this.#before, line);
    // Only what it is counts from now on.
    this.#before = { number: line.number, kind: line.kind, members: {} };
    if (kind !== header && kind !== "req") {
      this.#open!.take(line);
      return;
    }
    this.#close();
    if (kind === "req") this.#open = new ExchangeReader(line, this.#reading);
    else {
      const read = readHeader(line);
      this.#first ??= read;
    }
  }

  #close(): void {
    if (this.#open) this.#exchanges.push(this.#open.finish());
    this.#open = undefined;
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
