import { RecorderError } from "../errors.ts";

/** How many letters make whole bytes, which letters there are, and what they are called. */
const alphabets = {
  base64: { letters: /^[\dA-Za-z+/_-]*={0,2}$/, group: 4 },
  hex: { letters: /^[\dA-Fa-f]*$/, group: 2 },
} as const;

/**
 * The bytes that base64 (also base64url, also without padding) or hex stand for, as they arrive. White space does not
 * count. Throws `integrity` at what is neither.
 */
export async function* textBytes(
  chunks: AsyncIterable<Uint8Array>,
  notation: keyof typeof alphabets,
): AsyncGenerator<Uint8Array> {
  const { letters, group } = alphabets[notation];
  let rest = "";
  let read = 0;
  for await (const chunk of chunks) {
    // Letters of both alphabets are ASCII: one byte is one letter.
    const text = rest + Buffer.from(chunk).toString("latin1").replace(/\s+/g, "");
    if (!letters.test(text)) {
      const wrong = Array.from(text).findIndex((_, index) => !letters.test(text.slice(0, index + 1)));
      throw new RecorderError("integrity", `Letter ${read + wrong + 1} is not ${notation}`);
    }
    const whole = text.length - (text.length % group);
    if (whole > 0) yield Buffer.from(text.slice(0, whole), notation);
    rest = text.slice(whole);
    read += whole;
  }
  if (rest === "") return;
  if (notation === "hex" || rest.length === 1) {
    throw new RecorderError("integrity", `The ${notation} ends inside a byte, after letter ${read + rest.length}`);
  }
  yield Buffer.from(rest, notation);
}
