import type { ReplayMiss } from "./replay-miss.ts";
import type { FoundSecret } from "./secret-found.ts";

/** Every code this package throws. The list is closed. */
export type CassetteErrorCode =
  /** A line is not a JSON object. */
  | "syntax"
  /** A member of a line, or of a value to be written as one, is missing or is not what it must be. */
  | "field"
  /** A line where none of its kind can be, or a file that ends inside an exchange. */
  | "order"
  /** The items do not add up to what the `end` and `timing` lines say. */
  | "integrity"
  /** The file has a newer format version than this package reads. */
  | "version"
  /** A line is longer than 1 MiB. */
  | "line_length"
  /** A secret occurs in what was going to be written: `found` says which, and how. Nothing was written. */
  | "secret"
  /** What the rules for JSON are to mask is in a document too long for them. There is nothing to write. */
  | "redaction"
  /** The file would be too large to be kept with code. Nothing was written. */
  | "size"
  /** A recording was used out of order, such as a chunk before the response head. */
  | "state"
  /** An option has a value it cannot have. */
  | "option"
  /** A request that is replayed matches no recording: `miss` says which is the nearest. */
  | "miss"
  /** A test has ended without playing recordings of its cassette. */
  | "unused"
  /** A call that can be neither recorded nor replayed in process: its request is an event stream. */
  | "unsupported"
  /** Recording a call failed, though the call did not. */
  | "recording"
  /** A file or folder could not be read or written: `cause` is the operating system's error. */
  | "file";

/** Facts that belong to an error. Which are present depends on the code. */
export interface CassetteErrorDetails {
  /** Line in the cassette, from 1. */
  readonly line?: number | undefined;
  /** The member concerned, such as `end.sha256` or `timing.chunks[2][1]`. */
  readonly field?: string | undefined;
  /** The file concerned. */
  readonly path?: string | undefined;
  /** The request that no recording answers. */
  readonly miss?: ReplayMiss | undefined;
  /** Which secret was found, and where. */
  readonly found?: FoundSecret | undefined;
  readonly cause?: unknown;
}

/** The one error class of this package. Switch on {@link CassetteError.code}; messages may improve. */
export class CassetteError extends Error {
  override readonly name: string = "CassetteError";
  readonly code: CassetteErrorCode;
  declare readonly line?: number;
  declare readonly field?: string;
  declare readonly path?: string;
  declare readonly miss?: ReplayMiss;
  declare readonly found?: FoundSecret;

  constructor(code: CassetteErrorCode, message: string, details: CassetteErrorDetails = {}) {
    const { cause, ...facts } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    for (const [name, value] of Object.entries(facts)) if (value !== undefined) Object.assign(this, { [name]: value });
  }
}
