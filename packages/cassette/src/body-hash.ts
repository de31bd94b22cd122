import { sha256 } from "@noble/hashes/sha2.js";

/**
 * Starts a SHA-256. Node's `() => createHash("sha256")` is one, and several times as fast as the portable default.
 */
export type CreateHash = () => {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
};

export const portableSha256: CreateHash = () => sha256.create();

/** Bytes as lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
