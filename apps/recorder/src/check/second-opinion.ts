import { Crc32 } from "@aws-crypto/crc32";
import { itemBytes, type Item } from "@eventstream-kit/cassette";

/**
 * Holds the checksums of an item against AWS's own implementation of CRC-32, so that a mistake in ours cannot hide
 * behind itself. Returns what is wrong.
 *
 * A frame must have both right. A raw item that begins a frame with a wrong checksum must have that wrong.
 */
export function checksumProblem(item: Item): string | undefined {
  const bytes = itemBytes(item);
  if (item.kind === "frame") {
    if (!preludeIsRight(bytes)) return "the prelude CRC of a frame is wrong";
    return messageIsRight(bytes) ? undefined : "the message CRC of a frame is wrong";
  }
  if (item.why === "prelude_crc" && bytes.length >= 12 && preludeIsRight(bytes)) {
    return "the bytes are said to have a wrong prelude CRC, and it is right";
  }
  if (item.why === "message_crc" && isWhole(bytes) && messageIsRight(bytes)) {
    return "the bytes are said to have a wrong message CRC, and it is right";
  }
  return undefined;
}

function preludeIsRight(bytes: Uint8Array): boolean {
  return crcOf(bytes.subarray(0, 8)) === uint32(bytes, 8);
}

/** The bytes may go on after the frame. */
function messageIsRight(bytes: Uint8Array): boolean {
  const end = uint32(bytes, 0);
  return crcOf(bytes.subarray(0, end - 4)) === uint32(bytes, end - 4);
}

function isWhole(bytes: Uint8Array): boolean {
  return bytes.length >= 16 && uint32(bytes, 0) >= 16 && uint32(bytes, 0) <= bytes.length;
}

function crcOf(bytes: Uint8Array): number {
  return new Crc32().update(bytes).digest();
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
