import { EventStreamError } from "@eventstream-kit/codec";

/** What is wrong with the bytes of a stream, and where. */
export interface Problem {
  /** A decoding error code of `@eventstream-kit/codec`. */
  readonly code: string;
  /** Byte offset in the body: of the field that is wrong, or of the byte that is missing. */
  readonly offset: number;
  readonly message: string;
  /** For a checksum or a length: what it should be, and what it is. */
  readonly expected?: number;
  readonly found?: number;
}

/** The codec's error about a frame that begins at `start`, with offsets in the whole body. */
export function problemOf(error: unknown, start: number): Problem {
  if (!(error instanceof EventStreamError)) throw error;
  const { code, offset = 0, expected, received } = error;
  return {
    code,
    offset: start + offset,
    // The codec begins with which message it was reading, and saw only this one.
    message: error.message.replace(/^[^:]*: /, ""),
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { found: received }),
  };
}
