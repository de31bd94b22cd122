import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";

/** How a request body ended: to its end, or cut short by a broken connection. */
export type BodyEnd = "complete" | "truncated";

/**
 * Hands a body on write by write, each after the one before was taken. HTTP chunks stay apart as far as TCP lets them: a large one may come
 * in pieces.
 */
export function relayBody(request: IncomingMessage, write: (bytes: Uint8Array) => Promise<void>): Promise<BodyEnd> {
  request.on("data", (bytes: Buffer) => {
    request.pause();
    void write(bytes).then(() => request.resume());
  });
  return bodyEnd(request);
}

/** A whole body. Of one above `limit` bytes only the size counts, and it is read to its end all the same. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<{ readonly end: BodyEnd; readonly bytes: Uint8Array; readonly tooLarge: boolean }> {
  const parts: Buffer[] = [];
  let size = 0;
  request.on("data", (bytes: Buffer) => {
    size += bytes.length;
    if (size <= limit) parts.push(bytes);
    else parts.length = 0;
  });
  const end = await bodyEnd(request);
  return { end, bytes: Buffer.concat(parts), tooLarge: size > limit };
}

function bodyEnd(request: IncomingMessage): Promise<BodyEnd> {
  return new Promise((resolve) => {
    request.once("end", () => resolve("complete"));
    // "close" follows both; it is the end of a body whose connection broke.
    request.once("close", () => resolve("truncated"));
    request.on("error", () => undefined);
  });
}
