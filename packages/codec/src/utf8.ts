// `ignoreBOM: true` means "do not strip it": a leading U+FEFF is part of a value.
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = /* @__PURE__ */ new TextEncoder();

/** The text in these bytes, or undefined when they are not valid UTF-8. Nothing is ever replaced or stripped. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** How many bytes the text takes in UTF-8, or undefined when a lone surrogate makes it unencodable. */
export function utf8Length(text: string): number | undefined {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 2;
    else {
      // A pair is two units and four bytes.
      const low = text.charCodeAt(++i);
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return undefined;
      bytes += 2;
    }
  }
  return bytes;
}

/** Fills the bytes with text that takes as many in UTF-8. */
export function encodeUtf8Into(text: string, bytes: Uint8Array): void {
  encoder.encodeInto(text, bytes);
}
