import { Readable } from "node:stream";
import type { StreamSource } from "@eventstream-kit/codec";

/** A source that a test can see into. */
export interface WatchedSource {
  readonly source: StreamSource;
  /** How often it was cancelled, and with which reasons where the kind of source is told one. */
  readonly cancels: unknown[];
  /** How often it was asked for a chunk. */
  readonly asked: () => number;
}

/** What a source does once the chunks are used up, and when it is cancelled. */
export interface Behaviour {
  /** Default: it ends. */
  readonly end?: "wait" | Error;
  /** What cancelling fails with. */
  readonly refusal?: Error;
}

export type MakeSource = (chunks: readonly Uint8Array[], behaviour?: Behaviour) => WatchedSource;

const never = new Promise<never>(() => undefined);

function readableStream(chunks: readonly Uint8Array[], { end, refusal }: Behaviour = {}) {
  const left = [...chunks];
  const cancels: unknown[] = [];
  let asked = 0;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        asked++;
        const chunk = left.shift();
        if (chunk) controller.enqueue(new Uint8Array(chunk));
        else if (end === "wait") return never;
        else if (end) controller.error(end);
        else controller.close();
        return undefined;
      },
      cancel(reason) {
        cancels.push(reason);
        if (refusal) throw refusal;
      },
    },
    { highWaterMark: 0 },
  );
  return { source: stream, cancels, asked: () => asked };
}

const eventStream = { headers: { "content-type": "application/vnd.amazon.eventstream" } };

function response(chunks: readonly Uint8Array[], behaviour?: Behaviour): WatchedSource {
  const { source: body, ...rest } = readableStream(chunks, behaviour);
  return { source: new Response(body, eventStream), ...rest };
}

function nodeReadable(chunks: readonly Uint8Array[], { end, refusal }: Behaviour = {}): WatchedSource {
  const left = [...chunks];
  const cancels: unknown[] = [];
  let asked = 0;
  const source = new (class extends Readable {
    override _read() {
      asked++;
      const chunk = left.shift();
      if (chunk) this.push(chunk);
      else if (end instanceof Error) super.destroy(end);
      else if (end !== "wait") this.push(null);
    }
    override destroy(error?: Error) {
      cancels.push(error);
      return super.destroy(error);
    }
    override _destroy(error: Error | null, callback: (error?: Error | null) => void) {
      callback(refusal ?? error);
    }
  })({ highWaterMark: 1, autoDestroy: false });
  return { source, cancels, asked: () => asked };
}

function asyncIterable(chunks: readonly Uint8Array[], { end, refusal }: Behaviour = {}): WatchedSource {
  const left = [...chunks];
  const cancels: unknown[] = [];
  let asked = 0;
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      asked++;
      const value = left.shift();
      if (value) return { done: false, value };
      if (end === "wait") return never;
      if (end) throw end;
      return { done: true, value: undefined };
    },
    async return() {
      cancels.push(undefined);
      if (refusal) throw refusal;
      return { done: true, value: undefined };
    },
  };
  return { source: { [Symbol.asyncIterator]: () => iterator }, cancels, asked: () => asked };
}

/** Told by its `finally`, which does not run while the generator itself waits for something. */
function asyncGenerator(chunks: readonly Uint8Array[], { end, refusal }: Behaviour = {}): WatchedSource {
  const cancels: unknown[] = [];
  let asked = 0;
  async function* generate() {
    let whole = false;
    try {
      for (const chunk of chunks) {
        asked++;
        yield chunk;
      }
      asked++;
      if (end === "wait") await never;
      whole = true;
      if (end instanceof Error) throw end;
    } finally {
      if (!whole) {
        cancels.push(undefined);
        // oxlint-disable-next-line no-unsafe-finally -- a failure to clean up is what is wanted here
        if (refusal) throw refusal;
      }
    }
  }
  return { source: generate(), cancels, asked: () => asked };
}

function generator(chunks: readonly Uint8Array[], { end, refusal }: Behaviour = {}): WatchedSource {
  const cancels: unknown[] = [];
  let asked = 0;
  function* generate() {
    let whole = false;
    try {
      for (const chunk of chunks) {
        asked++;
        yield chunk;
      }
      asked++;
      whole = true;
      if (end instanceof Error) throw end;
    } finally {
      if (!whole) {
        cancels.push(undefined);
        // oxlint-disable-next-line no-unsafe-finally -- a failure to clean up is what is wanted here
        if (refusal) throw refusal;
      }
    }
  }
  return { source: generate(), cancels, asked: () => asked };
}

/** Sources that can be cancelled while they are waited for. */
export const patientSources: readonly (readonly [kind: string, make: MakeSource])[] = [
  ["a ReadableStream", readableStream],
  ["a Response", response],
  ["a Node Readable", nodeReadable],
  ["an async iterable", asyncIterable],
];

/** All sources that can be cancelled. */
export const watchedSources: readonly (readonly [kind: string, make: MakeSource])[] = [
  ...patientSources,
  ["an async generator", asyncGenerator],
  ["a generator", generator],
];
