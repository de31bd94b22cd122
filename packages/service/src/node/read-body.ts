import type { Readable } from "node:stream";

/**
 * Reads a request's body to its end. `"too large"` as soon as it is over the limit, the rest then runs off unread; `"gone"`
 * when the client left before the end.
 */
export function readBody(source: Readable, limit: number): Promise<Uint8Array | "too large" | "gone"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    source.on("data", (chunk: Buffer) => {
      length += chunk.byteLength;
      if (length <= limit) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        resolve("too large");
      }
    });
    source.on("end", () => {
      resolve(new Uint8Array(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    });
    source.on("error", () => {
      resolve("gone");
    });
    source.on("close", () => {
      if (!source.readableEnded) resolve("gone");
    });
  });
}
