import type { HeaderLine } from "@eventstream-kit/service";
import { nextChunkEnd } from "./body-map.ts";
import type { CreateHash } from "./body-hash.ts";
import { hex } from "./body-hash.ts";
import type { ChunkTime, End, Exchange, Item, RecordedRequest, RecordedResponse } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import { readFrame, readRaw } from "./item-line.ts";
import type { Line } from "./line.ts";
import { memberName, wrongMember } from "./line.ts";
import { NumberColumn } from "./number-column.ts";
import type { PayloadAccess } from "./read-payload.ts";
import { readEnd, readHeaderLines, readMeta, readRequest, readResponse, readTiming } from "./read-lines.ts";
import { WireBytes } from "./wire-bytes.ts";

export interface ReadingOptions extends PayloadAccess {
  readonly sha256: CreateHash;
  /** Whether items and chunks are forgotten once they are checked. */
  readonly checkOnly?: boolean;
}

/** Puts the lines of one exchange together and holds them against each other. */
export class ExchangeReader {
  readonly #request: RecordedRequest;
  readonly #hash: ReturnType<CreateHash>;
  #response: RecordedResponse | undefined;
  readonly #items: Item[] = [];
  readonly #wire = new WireBytes();
  readonly #access: ReadingOptions;
  /** Where each item ends in the body. */
  readonly #ends = new NumberColumn();
  #trailers: readonly HeaderLine[] | undefined;
  #end: End | undefined;
  #res: number | undefined;
  readonly #chunks: ChunkTime[] = [];
  /** Where the last chunk ends. */
  #position = 0;
  #lastTiming: Line | undefined;
  #meta: Record<string, unknown> | undefined;

  /** @param line the `req` line. */
  constructor(line: Line, options: ReadingOptions) {
    this.#access = options;
    this.#request = readRequest(line, options);
    this.#hash = options.sha256();
  }

  /** Takes the next line, which is of a kind that may follow the one before it. */
  take(line: Line): void {
    switch (line.kind) {
      case "res":
        this.#response = readResponse(line);
        break;
      case "frame":
        this.#takeItem(readFrame(line, this.#access));
        break;
      case "raw":
        this.#takeItem(readRaw(line));
        break;
      case "trailers":
        this.#trailers = readHeaderLines(line);
        break;
      case "end":
        this.#takeEnd(line);
        break;
      case "timing":
        this.#takeTiming(line);
        break;
      case "meta":
        this.#meta = readMeta(line);
        break;
      case undefined:
      default:
        throw wrongMember(line, "k", line.kind, "a line of an exchange");
    }
  }

  /** The exchange, all of whose lines have been read. */
  finish(): Exchange {
    const last = this.#lastTiming;
    if (last && this.#position !== this.#size()) {
      const found = `the chunks end at byte ${String(this.#position)}`;
      throw integrity(last, "chunks", `${found}; expected the end of the body, byte ${String(this.#size())}`);
    }
    return {
      request: this.#request,
      response: this.#response!,
      items: this.#items,
      ...(this.#trailers ? { trailers: this.#trailers } : {}),
      end: this.#end!,
      ...(last ? { timing: { unit: "ms", res: this.#res!, chunks: this.#chunks } } : {}),
      ...(this.#meta ? { meta: this.#meta } : {}),
    };
  }

  #takeItem(item: Item): void {
    const bytes = this.#wire.of(item);
    this.#hash.update(bytes);
    if (!this.#access.checkOnly) this.#items.push(item);
    this.#ends.push(this.#size() + bytes.length);
  }

  #takeEnd(line: Line): void {
    const end = readEnd(line);
    const actual = { items: this.#ends.length, bytes: this.#size(), sha256: hex(this.#hash.digest()) };
    for (const member of ["items", "bytes", "sha256"] as const) {
      if (end[member] === actual[member]) continue;
      const all = `"items":${String(actual.items)},"bytes":${String(actual.bytes)},"sha256":"${actual.sha256}"`;
      throw integrity(
        line,
        member,
        `found ${String(end[member])}, but the lines above make ${String(actual[member])}; if they are as meant, the line is to say ${all}`,
      );
    }
    this.#end = end;
  }

  #takeTiming(line: Line): void {
    const { res, chunks } = readTiming(line);
    const first = this.#lastTiming === undefined;
    if (first !== (res !== undefined)) {
      throw wrongMember(line, "res", res, first ? "milliseconds to the response head" : "it on the first line only");
    }
    this.#res ??= res;
    this.#lastTiming = line;
    for (const [index, chunk] of chunks.entries()) {
      const end = nextChunkEnd(chunk, this.#ends, this.#position);
      if (typeof end !== "number") throw integrity(line, `chunks[${String(index)}]${end.member}`, end.problem);
      this.#position = end;
      if (!this.#access.checkOnly) this.#chunks.push(chunk);
    }
  }

  #size(): number {
    return this.#ends.at(-1) ?? 0;
  }
}

function integrity(line: Line, member: string, problem: string): CassetteError {
  const field = memberName(line, member);
  return new CassetteError("integrity", `Cassette line ${String(line.number)}: ${field}: ${problem}`, {
    line: line.number,
    field,
  });
}
