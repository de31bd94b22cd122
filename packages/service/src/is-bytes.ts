/**
 * True for a `Uint8Array` of any realm. In a test environment that is a browser's, such as jsdom, the global one is not that of
 * Node, which makes Buffers and what a TextEncoder gives.
 */
export function isBytes(value: unknown): value is Uint8Array {
  // What comes by far the most often is told at once.
  if (value instanceof Uint8Array) return true;
  return ArrayBuffer.isView(value) && (value as Partial<Uint8Array>)[Symbol.toStringTag] === "Uint8Array";
}
