/** Where a stream is cut: inside a prelude, a header, a checksum, between frames, and nowhere. */
export const chunkSizes = [1, 2, 7, 13, 64, 1400, 65_536];

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function utf8(text) {
  return new TextEncoder().encode(text);
}

export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** A frame with right checksums around whatever headers. */
export function frame(headersHex, payload = new Uint8Array(), { total, headersLength } = {}) {
  const headers = fromHex(headersHex);
  const bytes = concat(new Uint8Array(12), headers, payload, new Uint8Array(4));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, total ?? bytes.length);
  view.setUint32(4, headersLength ?? headers.length);
  view.setUint32(8, bitwiseCrc(bytes.subarray(0, 8)));
  view.setUint32(bytes.length - 4, bitwiseCrc(bytes.subarray(0, -4)));
  return bytes;
}

/** The checksum as RFC 1952 defines it, one bit at a time, so that nothing vouches for itself. */
export function bitwiseCrc(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** Bytes without a pattern, the same every time. */
export function noise(length, seed = 1) {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export function* cut(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}
