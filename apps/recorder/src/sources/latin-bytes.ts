import { isPrelude } from "./notation.ts";

/**
 * The bytes of a body that a tool holds as text. As UTF-8, but for an event stream whose bytes were taken for letters
 * one by one: that is told by its prelude, which is only right then.
 */
export function latinBytes(text: string): Uint8Array {
  const letters = Buffer.from(text.slice(0, 12), "latin1");
  if (isPrelude(letters) && !isUtf8Only(text)) return Buffer.from(text, "latin1");
  return Buffer.from(text, "utf8");
}

/** True when some letter is no single byte. */
function isUtf8Only(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- every byte is a letter here
  return /[^\x00-\xff]/.test(text);
}
