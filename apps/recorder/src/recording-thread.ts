import { extname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { End } from "@eventstream-kit/cassette";
import type { HeaderLine } from "@eventstream-kit/service";
import type { CallName } from "./call-name.ts";
import { ChunkBlock, blockSizeFor } from "./chunk-block.ts";
import { messageOf, RecorderError } from "./errors.ts";
import { freeMemory } from "./free-memory.ts";
import type {
  ExchangeFacts,
  FailureFacts,
  Meta,
  RecordingMessage,
  RecordingSettings,
  RelayEvent,
  RelayMessage,
  SentRequest,
} from "./recording-messages.ts";
import type { FileSummary } from "./recording-session.ts";
import type { UpstreamChunk } from "./upstream-chunks.ts";
import type { UpstreamResponse } from "./upstream.ts";

/** What has become of a call: an exchange, unless recording it failed; written, unless there is a failure. */
export interface Outcome {
  readonly exchange?: ExchangeFacts;
  readonly failure?: RecorderError;
}

/** A call that is recorded elsewhere. Nothing of it throws. */
export interface RemoteRecording {
  start(facts: { readonly at: number; readonly meta: Meta; readonly request: SentRequest }): void;
  head(response: Pick<UpstreamResponse, "at" | "status" | "headers">): void;
  /** A promise when so much is under way that the next chunk has to wait. */
  chunk(chunk: UpstreamChunk): Promise<void> | undefined;
  end(how: End["how"], meta: Meta, trailers?: readonly HeaderLine[]): Promise<Outcome>;
  drop(): void;
}

/** Bytes that travel together: with a quarter of it, both threads took 0.2 ms of processor time more for a megabyte. */
const blockBytes = 1_048_576;
/**
 * What is recorded is short-lived and large. V8 lets so much of it pile up by default that the process grows by 100 MB more, for
 * no gain in time.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 6 };
/** Bytes under way at most, before relays wait. */
const mostUnderWay = 4 * 1_048_576;

/**
 * Records on a thread of its own, because masking, checking and writing what has ended takes several times as long as relaying
 * it. All that the relay's thread does with a chunk is to copy it: about 0.1 ms for a megabyte.
 */
export class RecordingThread implements AsyncDisposable {
  readonly #worker: Worker;
  /** Asked at the end of each call: values that no file may hold. */
  readonly #secrets: () => readonly string[];
  #ids = 0;
  readonly #open = new Set<number>();
  readonly #ended = new Map<number, (outcome: Outcome) => void>();
  #events: RelayEvent[] = [];
  #block = noBlock();
  /** Blocks that have come back: no more than were under way. While no call is open, none. */
  #free: ArrayBuffer[] = [];
  #isDue = false;
  #underWay = 0;
  /** What each message under way adds to that, in their order. */
  readonly #weights: number[] = [];
  #waiting: (() => void)[] = [];
  #whenNoneIsOpen: (() => void) | undefined;
  #closed: ((message: Extract<RecordingMessage, { kind: "closed" }>) => void) | undefined;
  /** What is written, also when the thread does not come to its end. */
  #files: readonly FileSummary[] = [];
  /** Set when nothing is recorded any more. */
  #over: RecorderError | undefined;

  constructor(settings: RecordingSettings, secrets: () => readonly string[]) {
    this.#secrets = secrets;
    const script = new URL(`./recording-worker${extname(import.meta.url)}`, import.meta.url);
    this.#worker = new Worker(script, { workerData: settings, name: "recording", resourceLimits });
    this.#worker.on("message", (message: RecordingMessage) => this.#receive(message));
    this.#worker.on("error", (cause) =>
      this.#stop(new RecorderError("write_failed", `Recording has stopped: ${messageOf(cause)}`, { cause })),
    );
    // Without an error, when code that was loaded into it beforehand ends what it takes for its process.
    this.#worker.on("exit", (code) => {
      if (!this.#over)
        this.#stop(new RecorderError("write_failed", `Recording has stopped: exit code ${String(code)}`));
    });
  }

  /** Takes the place of a call in its file. */
  open(call: CallName): RemoteRecording {
    const id = ++this.#ids;
    this.#open.add(id);
    this.#tell({ kind: "open", id, call });
    return {
      start: ({ at, meta, request: { method, target, headers, body } }) =>
        this.#tell({ kind: "start", id, at, request: { method, target, headers, body }, meta }),
      head: ({ at, status, headers }) => this.#tell({ kind: "head", id, at, status, headers: [...headers] }),
      chunk: (chunk) => this.#chunk(id, chunk),
      end: (how, meta, trailers = []) => {
        const outcome = new Promise<Outcome>((resolve) => this.#ended.set(id, resolve));
        this.#tell({ kind: "end", id, how, meta, trailers: [...trailers], secrets: [...this.#secrets()] });
        this.#leave(id);
        return outcome;
      },
      drop: () => {
        this.#tell({ kind: "drop", id });
        this.#leave(id);
      },
    };
  }

  /**
   * Resolves when everything is written. Calls that end within `graceMs` are taken along: when connections have just
   * been closed, their ends are about to be told.
   */
  async close(graceMs: number): Promise<{ files: readonly FileSummary[]; failures: readonly RecorderError[] }> {
    const grace = new AbortController();
    const none = new Promise<void>((resolve) => (this.#whenNoneIsOpen = resolve));
    if (this.#open.size > 0) await Promise.race([none, setTimeout(graceMs, undefined, grace).catch(() => {})]);
    grace.abort();
    const closed = new Promise<Extract<RecordingMessage, { kind: "closed" }>>((resolve) => (this.#closed = resolve));
    this.#tell({ kind: "close" });
    this.#post();
    if (this.#over) return { files: this.#files, failures: [this.#over] };
    const { files, failures } = await closed;
    const over = this.#over;
    this.#stop(new RecorderError("write_failed", "The recording was not written: it ended after the others had been"));
    return { files, failures: [...failures.map(errorOf), ...(over ? [over] : [])] };
  }

  /** Ends it at once. What is not in its file by now does not get there. */
  async abandon(): Promise<void> {
    if (!this.#over) this.#stop(new RecorderError("interrupted", "Not recorded: a second interrupt came first"));
    await this.#worker.terminate();
  }

  /** Nothing is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #chunk(id: number, chunk: UpstreamChunk): Promise<void> | undefined {
    if (this.#over) return undefined;
    const { length } = chunk.bytes;
    if (!this.#block.hasRoom(length)) {
      if (this.#block.size > 0) this.#post();
      if (!this.#block.hasRoom(length)) this.#block = this.#emptyBlock(length);
    }
    this.#block.add(id, chunk);
    const last = this.#events.at(-1);
    if (last?.kind === "chunks") last.count += 1;
    else this.#events.push({ kind: "chunks", count: 1 });
    if (this.#underWay < mostUnderWay) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #emptyBlock(least: number): ChunkBlock {
    const size = Math.max(blockBytes, blockSizeFor(least));
    const free = size === blockBytes ? this.#free.pop() : undefined;
    return new ChunkBlock(free ?? new ArrayBuffer(size));
  }

  #tell(event: RelayEvent): void {
    this.#events.push(event);
    if (event.kind !== "end" && event.kind !== "drop") return;
    // What ends in one turn goes together, and the client's end of the stream goes out first.
    if (!this.#isDue) setImmediate(() => this.#post());
    this.#isDue = true;
  }

  #post(): void {
    this.#isDue = false;
    const events = this.#events;
    this.#events = [];
    if (this.#over) return;
    const isFull = this.#block.size > blockBytes / 2;
    const block = isFull ? this.#block.buffer : this.#block.shrunk();
    if (isFull) this.#block = noBlock();
    else this.#block.clear();
    this.#weights.push(block.byteLength);
    this.#underWay += block.byteLength;
    this.#worker.postMessage({ events, block } satisfies RelayMessage, [block]);
  }

  #receive(message: RecordingMessage): void {
    if (message.kind === "taken") {
      this.#underWay -= this.#weights.shift()!;
      if (message.block.byteLength === blockBytes) this.#free.push(message.block);
      if (this.#open.size === 0) this.#giveBack();
      if (this.#underWay < mostUnderWay) this.#wake();
    } else if (message.kind === "closed") this.#closed?.(message);
    else {
      if (message.kind === "stored") this.#files = message.files;
      const { exchange, failure } = { exchange: undefined, ...message };
      this.#settle(message.id, {
        ...(exchange ? { exchange } : {}),
        ...(failure ? { failure: errorOf(failure) } : {}),
      });
    }
  }

  #stop(why: RecorderError): void {
    this.#over = why;
    this.#wake();
    this.#whenNoneIsOpen?.();
    for (const id of this.#ended.keys()) this.#settle(id, { failure: why });
    this.#closed?.({ kind: "closed", files: this.#files, failures: [] });
  }

  /** When streams have ended, their recordings are made, which takes memory itself. */
  #giveBack(): void {
    for (const block of this.#free) freeMemory(new Uint8Array(block));
    this.#free = [];
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #settle(id: number, outcome: Outcome): void {
    this.#ended.get(id)?.(outcome);
    this.#ended.delete(id);
  }

  #leave(id: number): void {
    this.#open.delete(id);
    if (this.#open.size === 0) {
      this.#giveBack();
      this.#whenNoneIsOpen?.();
    }
    // Nobody else would tell.
    if (this.#over) this.#settle(id, { failure: this.#over });
  }
}

/** Has room for nothing. */
function noBlock(): ChunkBlock {
  return new ChunkBlock(new ArrayBuffer(0));
}

function errorOf({ code, message, hint }: FailureFacts): RecorderError {
  return new RecorderError(code, message, hint === undefined ? {} : { hint });
}
