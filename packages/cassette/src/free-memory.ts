/** ES2024: older runtimes do not have it. */
interface TransferableMemory {
  transfer?(length: number): ArrayBuffer;
}

/**
 * Gives the memory of bytes that nobody else has back at once: of large ones that come in numbers, V8 lets tens of megabytes pile
 * up. What is only a part of some memory, such as of the pool that Node has for short ones, stays.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (byteLength > 0 && buffer.byteLength === byteLength)
    (buffer as ArrayBufferLike & TransferableMemory).transfer?.(0);
}
