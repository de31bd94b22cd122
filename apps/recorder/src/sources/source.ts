import { RecorderError } from "../errors.ts";
import { wholeOf } from "../input.ts";
import { notationOf, type Notation } from "./notation.ts";
import { textBytes } from "./text-bytes.ts";

/** An input whose notation is known. */
export type Source =
  /** One stream, as it arrives. */
  | {
      readonly kind: "stream";
      readonly notation: "bytes" | "base64" | "hex";
      readonly bytes: AsyncIterable<Uint8Array>;
    }
  /** Text that holds any number of exchanges. */
  | {
      readonly kind: "document";
      readonly notation: "har" | "vcr" | "cassette";
      readonly text: string;
      /** Where it is from; undefined for standard input. */
      readonly file: string | undefined;
    };

/**
 * Reads as much of an input as it takes to know how it is written, and no more when that is a stream.
 *
 * @param given the notation, when somebody said it.
 * @param file where the input is from; undefined for standard input.
 */
export async function openSource(
  chunks: AsyncIterable<Uint8Array>,
  given: Notation | undefined,
  file: string | undefined,
): Promise<Source> {
  const iterator = chunks[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let notation = given;
  for (let ended = false; notation === undefined;) {
    const next = await iterator.next();
    ended = next.done === true;
    if (!next.done) read.push(next.value);
    notation = notationOf(Buffer.concat(read), ended);
  }
  const all = restored(read, iterator);
  if (notation === "bytes") return { kind: "stream", notation, bytes: all };
  if (notation === "base64" || notation === "hex") return { kind: "stream", notation, bytes: textBytes(all, notation) };
  const { textOf } = await import("../cassette-texts.ts");
  return { kind: "document", notation, text: textOf(await wholeOf(all), "The input"), file };
}

/** What has been read, and then the rest. */
async function* restored(read: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* read;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** A document that is not what it seems to be. */
export function malformed(notation: string, problem: string, cause?: unknown): RecorderError {
  return new RecorderError("integrity", `Reading ${notation}: ${problem}`, { cause });
}
