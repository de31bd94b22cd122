import type { HeaderLine, Reply } from "@eventstream-kit/service";

/**
 * A reply with the framing that msw needs. msw does not frame a body by itself: without `transfer-encoding: chunked`
 * it ends where the connection ends, so that on msw 3 a broken stream looks complete to fetch clients; with a
 * `content-length` that is wrong, clients hang or lose bytes. So a length stays only where the whole body is there to
 * be counted, and every other body is chunked, as the services themselves send event streams.
 */
export function framed(reply: Reply): Reply {
  const size = sizeOf(reply);
  const kept = reply.headers.filter(
    ([name, value]) => !isNamed(name, "transfer-encoding") && (!isNamed(name, "content-length") || value === size),
  );
  const bodyless = reply.status === 204 || reply.status === 205 || reply.status === 304;
  if (bodyless || kept.some(([name]) => isNamed(name, "content-length"))) return { ...reply, headers: kept };
  const chunked: HeaderLine = ["transfer-encoding", "chunked"];
  return { ...reply, headers: [...kept, chunked] };
}

/** The body's size as a `content-length` value, if all of its bytes are known now. */
function sizeOf({ body }: Reply): string | undefined {
  if (!Array.isArray(body)) return undefined;
  let size = 0;
  for (const step of body as readonly unknown[]) {
    if (!(step instanceof Uint8Array)) return undefined;
    size += step.byteLength;
  }
  return String(size);
}

function isNamed(name: string, wanted: string): boolean {
  return name.toLowerCase() === wanted;
}
