import { isBytes } from "@eventstream-kit/service";
import { Readable } from "node:stream";
import type { End } from "../cassette.ts";
import { CassetteError } from "../errors.ts";
import { readableOf, webStreamOf, type Chunks } from "./body-streams.ts";
import { readableSource, webSource, type ChunkSink, type ChunkSource } from "./chunk-source.ts";

/** Told of a body while it is passed on. */
export interface BodyTap {
  /** Before the chunk is passed on. `paused`: the reader had fallen behind, and the source was told to wait. */
  chunk(bytes: Uint8Array, paused: boolean): void;
  over(how: End["how"]): void;
}

/** A body that is passed on. */
export interface RelayedBody {
  /** What the reader gets instead: the same kind of stream, with the same chunks and the same errors. */
  readonly body: unknown;
  /**
   * Nothing waits for the reader any more: what still comes is told to the tap. The reader gets it too while it keeps up, else an
   * error where the first chunk is missing.
   */
  readonly drain: () => void;
  /** Closes the connection. */
  readonly cancel: () => void;
}

/** Bytes held for a slow reader before the source is told to wait, or what comes is not kept for it. */
const highWaterMark = 256 * 1024;
/** What a chunk takes besides its bytes: those of one byte would take 70 MB. */
const chunkCost = 256;

/**
 * Passes a response body on, chunk by chunk the moment each arrives. A reader that is slow slows the source down; one that
 * cancels its stream cancels it.
 */
export function relayBody(body: unknown, tap: BodyTap): RelayedBody {
  if (body instanceof Readable) return relay((sink) => readableSource(body, sink), tap, readableOf);
  if (body instanceof ReadableStream) return relay((sink) => webSource(body, sink), tap, webStreamOf);
  return relayWhole(body, tap);
}

/** A body that is there already, or that is none: `FetchHttpHandler` gives a Blob for an empty one. */
function relayWhole(body: unknown, tap: BodyTap): RelayedBody {
  const tell = (bytes: Uint8Array) => {
    tap.chunk(bytes, false);
    tap.over("eof");
  };
  if (body instanceof Blob) void body.arrayBuffer().then((bytes) => tell(new Uint8Array(bytes)));
  else tell(typeof body === "string" ? new TextEncoder().encode(body) : isBytes(body) ? body : new Uint8Array());
  return { body, drain() {}, cancel() {} };
}

function relay(
  open: (sink: ChunkSink) => ChunkSource,
  tap: BodyTap,
  streamOf: (chunks: Chunks, left: () => void) => unknown,
): RelayedBody {
  const waiting: Uint8Array[] = [];
  let held = 0;
  let paused = false;
  let draining = false;
  /** A chunk was not kept for the reader. */
  let missing = false;
  let cancelled = false;
  let end: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;

  const source = open({
    chunk(bytes) {
      tap.chunk(bytes, paused);
      paused = false;
      if (missing) return;
      if (draining && held >= highWaterMark) {
        missing = true;
        return;
      }
      waiting.push(bytes);
      held += bytes.length + chunkCost;
      if (held >= highWaterMark && !draining) {
        paused = true;
        source.pause();
      }
      wake?.();
    },
    over(how, error) {
      tap.over(cancelled ? "client-abort" : how);
      end = error === undefined ? {} : { error };
      wake?.();
    },
  });

  const drain = () => {
    draining = true;
    source.resume();
  };

  async function* read(): Chunks {
    for (;;) {
      for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
        held -= chunk.length + chunkCost;
        yield chunk;
      }
      // Not an end, which SDKs would take for that of the answer.
      if (missing || (cancelled && draining)) throw stoppedBefore();
      if (end) {
        if ("error" in end) throw end.error;
        return;
      }
      const more = new Promise<void>((resolve) => (wake = resolve));
      if (paused) source.resume();
      await more;
    }
  }
  const cancel = () => {
    if (end) return;
    cancelled = true;
    source.cancel();
  };
  // A reader that got an error instead of what is missing did not leave: the rest is told to the tap.
  const left = () => {
    if (!missing) cancel();
  };
  return { body: streamOf(read(), left), drain, cancel };
}

function stoppedBefore(): CassetteError {
  return new CassetteError(
    "state",
    "Reading an answer that was recorded: the recording was stopped before it was read; expected it to be read by then",
  );
}
