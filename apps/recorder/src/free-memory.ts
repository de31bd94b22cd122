/** ES2024, which the sources of other packages do not count on. */
interface TransferableMemory {
  transfer(length: number): ArrayBuffer;
}

/**
 * Gives the memory of bytes back at once; they are then empty. For large ones that come in numbers: V8 looks for those that
 * nobody has any more only when there are tens of megabytes, and then through its whole heap.
 *
 * Nobody may have them any more: a write that is under way would send what comes to be there.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  // Of memory that has other bytes as well, no part can be given back.
  if (buffer.byteLength !== byteLength || !(buffer instanceof ArrayBuffer)) return;
  (buffer as ArrayBuffer & TransferableMemory).transfer(0);
}
