/** The lines of a stream of UTF-8 bytes, without their ends (LF or CRLF), each as soon as it is complete. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // Fragments of one long line are joined once, when its end comes.
  let fragments: string[] = [];
  function* split(text: string): Generator<string> {
    const parts = text.split("\n");
    for (const part of parts.slice(0, -1)) {
      yield [...fragments, part].join("").replace(/\r$/, "");
      fragments = [];
    }
    fragments.push(parts.at(-1)!);
  }
  for await (const chunk of chunks) yield* split(utf8.decode(chunk, { stream: true }));
  yield* split(utf8.decode());
  const last = fragments.join("");
  if (last !== "") yield last;
}
