import { isBytes } from "./bytes.ts";
import type { ChunkSource, ReadableStreamLike } from "./chunk-source.ts";
import { EventStreamError } from "./errors.ts";

/** The part of a fetch `Response` that is used here, of whichever implementation. */
export interface ResponseLike {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStreamLike<Uint8Array> | AsyncIterable<Uint8Array> | null;
  readonly bodyUsed?: boolean;
}

/** Bytes of a refused body that are kept for the error. */
const keptBytes = 1024;

/** `application/vnd.amazon.eventstream`, in any case and with any parameters. */
const eventStreamType = /^\s*application\/vnd\.amazon\.eventstream\s*(?:;|$)/i;

export function isResponse(value: object): value is ResponseLike {
  const { status, headers, body } = value as Partial<ResponseLike>;
  return typeof status === "number" && typeof headers?.get === "function" && body !== undefined;
}

/** The body of a response; when that is no event stream, a source that fails with the beginning of what it says. */
export function responseSource(
  response: ResponseLike,
  openBody: () => ChunkSource<unknown>,
  doing: string,
): ChunkSource<unknown> {
  // A body that has been read looks like an empty stream.
  if (response.bodyUsed) {
    const problem = `${doing}: found a response whose body has been read, expected a fresh one`;
    throw new EventStreamError("invalid_argument", problem);
  }
  const body = openBody();
  const contentType = response.headers.get("content-type") ?? "";
  if (response.status >= 200 && response.status < 300 && eventStreamType.test(contentType)) return body;

  let cancelled = false;
  const once: ChunkSource<unknown> = {
    read: () => body.read(),
    cancel(reason) {
      if (cancelled) return undefined;
      cancelled = true;
      return body.cancel(reason);
    },
  };
  return {
    async read() {
      throw refusal(response, await readBeginning(once), doing);
    },
    cancel: (reason) => once.cancel(reason),
  };
}

interface Beginning {
  readonly body: string;
  /** Why there is no more of it. */
  readonly cause?: unknown;
}

/** The first bytes as text, leniently: this is for reading, and what was sent may be anything. */
async function readBeginning(source: ChunkSource<unknown>): Promise<Beginning> {
  const decoder = new TextDecoder();
  let body = "";
  let missing = keptBytes;
  try {
    while (missing > 0) {
      const { done, value } = await source.read();
      if (done) return { body: body + decoder.decode() };
      if (!isBytes(value)) break;
      // A character that the last byte cuts in two is left out.
      body += decoder.decode(value.subarray(0, missing), { stream: true });
      missing -= Math.min(missing, value.length);
    }
    await source.cancel(undefined);
    return { body };
  } catch (cause) {
    return { body, cause };
  }
}

function refusal({ status, headers }: ResponseLike, beginning: Beginning, doing: string): EventStreamError {
  const contentType = headers.get("content-type");
  const errorType = headers.get("x-amzn-errortype");
  // S3 has a name of its own for it.
  const requestId = headers.get("x-amzn-requestid") ?? headers.get("x-amz-request-id");
  const found = `status ${status} and ${contentType ?? "no content type"}${errorType === null ? "" : ` (${errorType})`}`;
  const problem = `${doing}: found a response with ${found}, expected 2xx and application/vnd.amazon.eventstream`;
  return new EventStreamError("not_event_stream", problem, {
    status,
    ...(contentType !== null && { contentType }),
    ...(errorType !== null && { errorType }),
    ...(requestId !== null && { requestId }),
    ...beginning,
  });
}
