import type { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import type { End } from "../cassette.ts";

/** Told what becomes of a response body. */
export interface ChunkSink {
  chunk(bytes: Uint8Array): void;
  /**
   * There is no more.
   *
   * @param how how it really ended.
   * @param error what readers are to get instead of an end. A transport may show them a clean end where there was none.
   */
  over(how: End["how"], error?: unknown): void;
}

/** A response body that pushes its chunks as they come. */
export interface ChunkSource {
  pause(): void;
  resume(): void;
  /** Nobody wants the rest. */
  cancel(): void;
}

/**
 * What `node:http` and `node:http2` deliver: one `data` event is one chunk. Iterating would join what has piled up.
 *
 * Listens at once: what arrives between head and listener has been kept by the stream, chunk by chunk.
 */
export function readableSource(body: Readable, sink: ChunkSink): ChunkSource {
  // Where the end of the connection is the end of the body, node:http takes a reset for a clean end.
  let connectionError: Error | undefined;
  const { socket } = body as Readable & { readonly socket?: EventEmitter | null };
  const note = (error: Error) => (connectionError = error);
  socket?.on("error", note);
  let over = false;
  const end = (how: End["how"], error?: unknown) => {
    if (over) return;
    over = true;
    socket?.off("error", note);
    sink.over(how, error);
  };
  body.on("data", (bytes: Uint8Array) => sink.chunk(bytes));
  // node:http2 ends a stream whose connection went away as if nothing had been; so do SDKs. The recording knows better.
  body.on("end", () => end(connectionError || wasAborted(body) ? "reset" : "eof"));
  body.on("error", (error: Error) => end(error.name === "TimeoutError" ? "timeout" : "reset", error));
  const closed = () => {
    end("reset", Object.assign(new Error("Premature close"), { code: "ERR_STREAM_PREMATURE_CLOSE" }));
  };
  body.on("close", closed);
  if (body.closed) queueMicrotask(closed);
  return {
    pause: () => void body.pause(),
    resume: () => void body.resume(),
    cancel: () => void body.destroy(),
  };
}

function wasAborted(body: Readable): boolean {
  const { aborted = false, rstCode = 0 } = body as Readable & { readonly aborted?: boolean; readonly rstCode?: number };
  return aborted || rstCode !== 0;
}

/** What `fetch` delivers: one read is one chunk. */
export function webSource(body: ReadableStream<Uint8Array>, sink: ChunkSink): ChunkSource {
  const reader = body.getReader();
  let resumed: Promise<void> | undefined;
  let resume: (() => void) | undefined;
  const pump = async () => {
    for (;;) {
      await resumed;
      const { done, value } = await reader.read();
      if (done) return sink.over("eof");
      sink.chunk(value);
    }
  };
  pump().catch((error: unknown) => sink.over("reset", error));
  return {
    pause() {
      resumed = new Promise((resolve) => (resume = resolve));
    },
    resume() {
      resumed = undefined;
      resume?.();
    },
    cancel() {
      void reader.cancel().catch(() => {});
    },
  };
}
