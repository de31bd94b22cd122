import type { Reply } from "../service.ts";

/** A JSON document with one member, `message`, as AWS services send for an error. */
export function plainReply(status: number, message: string): Reply {
  const body = new TextEncoder().encode(JSON.stringify({ message }));
  return {
    status,
    headers: [
      ["Content-Type", "application/json"],
      ["Content-Length", String(body.byteLength)],
    ],
    body: [body],
  };
}
