import type { CreateHash } from "./body-hash.ts";
import { hex } from "./body-hash.ts";

/** A longer payload, in bytes, goes to a file of its own: 64 KiB. */
export const longestInline = 65_536;

/** What a line has in place of a payload that is in a file of its own. */
export interface PayloadFile {
  /** Beside the cassette: `<cassette>.d/<SHA-256 of the content>.bin`. */
  readonly file: string;
  readonly bytes: number;
}

/**
 * Reads a payload's file.
 *
 * @param file as the line names it: one folder and one name, both without a way out.
 * @throws anything when it is not there.
 */
export type ReadPayloadFile = (file: string) => Uint8Array;

/** The folder, for a name without path separators that ends in `.d`, and the hash. */
const pathPattern = /^[^/\\:\0]+\.d\/([0-9a-f]{64})\.bin$/;

/** The hash in the path of a payload's file; undefined for a path that leads anywhere else. */
export function hashInPath(file: unknown): string | undefined {
  return typeof file === "string" ? pathPattern.exec(file)?.[1] : undefined;
}

/** @param cassette the name of the cassette's file, without folder. */
export function payloadFileOf(cassette: string, payload: Uint8Array, sha256: CreateHash): PayloadFile {
  return { file: `${cassette}.d/${hashOf(payload, sha256)}.bin`, bytes: payload.length };
}

export function hashOf(payload: Uint8Array, sha256: CreateHash): string {
  const hash = sha256();
  hash.update(payload);
  return hex(hash.digest());
}
