import { RecorderError } from "./errors.ts";

/** Bytes of a line at most, as in a cassette. */
const maxLineBytes = 1_048_576;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lineFeed = 0x0a;

/**
 * The lines of a stream of UTF-8 bytes, without their ends (LF or CRLF), each as soon as it is complete. Throws
 * `integrity` at a line that is not UTF-8 or has more than 1 MiB.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let number = 0;
  // Fragments of one long line are joined once, when its end comes.
  let fragments: Uint8Array[] = [];
  let length = 0;

  function keep(part: Uint8Array): void {
    fragments.push(part);
    length += part.length;
    if (length > maxLineBytes) throw new RecorderError("integrity", `Line ${number + 1} is longer than 1 MiB`);
  }
  function complete(): string {
    number++;
    const bytes = Buffer.concat(fragments);
    fragments = [];
    length = 0;
    try {
      return utf8.decode(bytes).replace(/\r$/, "");
    } catch (cause) {
      throw new RecorderError("integrity", `Line ${number} is not UTF-8 text`, { cause });
    }
  }

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      keep(chunk.subarray(start, end));
      yield complete();
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  if (length > 0) yield complete();
}
