import { encodeMessage } from "../encode-message.ts";
import { preludeBytes, trailerBytes } from "../frame.ts";
import type { SigningKeys } from "./signing-key.ts";

/*
 * A signed event is a frame around a frame:
 *
 *     :date              timestamp   when it was signed
 *     :chunk-signature   binary      32 bytes
 *     payload            the event as a whole frame; nothing at all in the last one, which says that it is the last
 */
export const dateHeader = ":date";
export const signatureHeader = ":chunk-signature";
/** An HMAC-SHA256. */
export const signatureBytes = 32;

/** What a signature covers. */
export interface SignedContent {
  /** The value of `:date`: milliseconds since the epoch. */
  readonly date: bigint;
  /** The signature of the event before, or of the request: hexadecimal digits. */
  readonly prior: string;
  readonly payload: Uint8Array<ArrayBuffer>;
}

// The years 0000 to 9999, which are those that `YYYYMMDD` can say.
const firstDate = -62_167_219_200_000n;
const lastDate = 253_402_300_799_999n;

/** Whether a date can be signed at all. */
export function isSignableDate(date: bigint): boolean {
  return date >= firstDate && date <= lastDate;
}

/** The key for an event, and the bytes to make its signature of. The date must be signable. */
export async function signatureInput(
  keys: SigningKeys,
  { date, prior, payload }: SignedContent,
): Promise<{ readonly key: CryptoKey; readonly text: Uint8Array<ArrayBuffer> }> {
  // 2026-08-13T10:11:12.345Z as 20260813T101112Z.
  const time = new Date(Number(date)).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const message = encodeMessage({ headers: { [dateHeader]: { type: "timestamp", value: date } } });
  const headers = message.slice(preludeBytes, -trailerBytes);
  const [key, headersHash, payloadHash] = await Promise.all([keys.keyOf(day), sha256(headers), sha256(payload)]);
  const lines = ["AWS4-HMAC-SHA256-PAYLOAD", time, keys.scope(day), prior, headersHash, payloadHash];
  return { key, text: new TextEncoder().encode(lines.join("\n")) };
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** Two lower-case hexadecimal digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
