import { cut, printable } from "./printable.ts";

/**
 * What bytes are that do not begin with a frame, in words: the answer of a proxy, an error document, a compressed
 * stream. Undefined when they may be the damaged bytes of a stream.
 */
export function otherContent(body: Uint8Array): string | undefined {
  if (body[0] === 0x1f && body[1] === 0x8b)
    return "the input is compressed with gzip: decompress it first (curl --compressed)";
  const head = utf8(body.subarray(0, headBytes));
  if (head === undefined || !/^[\s\P{Cc}]+$/u.test(head)) return undefined;
  return `the input is text, and not an event stream: ${cut(printable(head.trim()), 72)}`;
}

const headBytes = 256;

/** Undefined for what is no text. A character may be cut at the end. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
