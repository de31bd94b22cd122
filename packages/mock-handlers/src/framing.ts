import type { HeaderLine, Reply } from "@eventstream-kit/service";
import { isBytes } from "@eventstream-kit/service";

/**
 * A reply with the framing that msw needs. msw does not frame a body by itself: without `transfer-encoding: chunked`
 * it ends where the connection ends, so that on msw 3 a broken stream looks complete to fetch clients; with a
 * `content-length` that is wrong, clients hang or lose bytes. So a length stays only where the whole body is there to
 * be counted, and every other body is chunked, as the services themselves send event streams.
 */
export function framed(reply: Reply, method = "GET"): Reply {
  // The answer to HEAD has the lines of an answer to GET, and no body that they could be wrong about.
  if (method === "HEAD") return reply;
  const size = sizeOf(reply);
  const bodyless = reply.status === 204 || reply.status === 205 || reply.status === 304;
  const keepsLength = !bodyless && reply.headers.some(([name, value]) => isLength(name) && value === size);
  const kept = reply.headers.filter(([name, value]) => !isLength(name) || (keepsLength && value === size));
  const unframed = kept.filter(([name]) => !isEncoding(name));
  // Unlike 204 and 304, a 205 ends only where its length says (RFC 9110, 15.3.6).
  if (reply.status === 205) return { ...reply, headers: [...unframed, ["content-length", "0"]] };
  if (bodyless || keepsLength) return { ...reply, headers: unframed };
  const own = kept.find(([name]) => isEncoding(name));
  const chunked: HeaderLine = [own?.[0] ?? "transfer-encoding", "chunked"];
  // In its place, if it has one.
  return { ...reply, headers: own ? kept.map((line) => (isEncoding(line[0]) ? chunked : line)) : [...kept, chunked] };
}

/** The body's size as a `content-length` value, if all of its bytes are known now. */
function sizeOf({ body }: Reply): string | undefined {
  if (!Array.isArray(body)) return undefined;
  let size = 0;
  for (const step of body as readonly unknown[]) {
    if (!isBytes(step)) return undefined;
    size += step.byteLength;
  }
  return String(size);
}

function isLength(name: string): boolean {
  return name.toLowerCase() === "content-length";
}

function isEncoding(name: string): boolean {
  return name.toLowerCase() === "transfer-encoding";
}
