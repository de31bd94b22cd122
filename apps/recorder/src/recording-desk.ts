import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { createRecorder, type LongExchange, type RedactionOptions } from "@eventstream-kit/cassette";
import { spool } from "@eventstream-kit/cassette/node";
import type { HeaderLine } from "@eventstream-kit/service";
import type { RecorderError } from "./errors.ts";
import { ChunkBlockReader, type ChunkRun } from "./chunk-block.ts";
import { KeptChunks } from "./kept-chunks.ts";
import { recordingFailure } from "./recording-failure.ts";
import type {
  ExchangeFacts,
  FailureFacts,
  Meta,
  RecordingMessage,
  RelayEvent,
  RelayMessage,
  SentRequest,
} from "./recording-messages.ts";
import { RecordingSession, type OpenRecording, type SessionOptions } from "./recording-session.ts";

export interface RecordingDeskOptions extends Omit<SessionOptions, "secrets"> {
  readonly redact: RedactionOptions | false;
}

/** A call as it is until its end: nothing is made of it yet. */
interface KeptCall {
  readonly id: number;
  readonly place: OpenRecording;
  readonly chunks: KeptChunks;
  started?: { readonly at: number; readonly request: SentRequest; readonly meta: Meta };
  head?: { readonly at: number; readonly status: number; readonly headers: readonly HeaderLine[] };
  failure?: RecorderError;
}

type CallEnd = Extract<RelayEvent, { kind: "end" }>;

/** @param moved memory that goes with the message. */
type Tell = (message: RecordingMessage, moved?: ArrayBuffer[]) => void;

/** For so long, in milliseconds, nothing that arrives is taken. */
const sliceMs = 10;

/**
 * Makes recordings of what is relayed elsewhere. Chunks are only kept as they come, so that who sends them need not wait;
 * when a call has ended, it is masked and written, while others go on.
 */
export class RecordingDesk {
  readonly #options: RecordingDeskOptions;
  readonly #session: RecordingSession;
  readonly #tell: Tell;
  readonly #calls = new Map<number, KeptCall>();
  readonly #secrets = new Set<string>();
  /** Calls that have ended become recordings one after the other. */
  #work: Promise<void> = Promise.resolve();
  #since = 0;

  constructor(options: RecordingDeskOptions, tell: Tell) {
    this.#options = options;
    this.#tell = tell;
    this.#session = new RecordingSession({ ...options, secrets: () => [...this.#secrets] });
  }

  receive({ events, block }: RelayMessage): void {
    const chunks = new ChunkBlockReader(block);
    for (const event of events) {
      if (event.kind !== "chunks") this.#take(event);
      else {
        for (let left = event.count; left > 0;) {
          const run = chunks.next(left);
          left -= run.count;
          this.#keep(run);
        }
      }
    }
    this.#tell({ kind: "taken", block }, [block]);
  }

  #take(event: Exclude<RelayEvent, { kind: "chunks" }>): void {
    if (event.kind === "close") return void this.#close();
    const { id } = event;
    if (event.kind === "open") {
      this.#calls.set(id, { id, place: this.#session.open(event.call), chunks: new KeptChunks() });
      return;
    }
    const call = this.#calls.get(id)!;
    if (event.kind === "start") call.started = event;
    else if (event.kind === "head") call.head = event;
    else {
      this.#calls.delete(id);
      if (event.kind === "drop") this.#drop(call);
      else {
        for (const secret of event.secrets) this.#secrets.add(secret);
        this.#work = this.#work.then(() => this.#finish(call, event));
      }
    }
  }

  /** After the first failure there is nothing more to record of a call. */
  #keep(run: ChunkRun): void {
    const call = this.#calls.get(run.id);
    if (!call || call.failure) return;
    try {
      call.chunks.add(run);
    } catch (cause) {
      call.failure = recordingFailure(cause);
    }
  }

  #drop({ place, chunks }: KeptCall): void {
    place.dropped();
    chunks.discard();
  }

  async #finish(call: KeptCall, ended: CallEnd): Promise<void> {
    try {
      if (call.failure) throw call.failure;
      void this.#store(call, await this.#exchange(call, ended));
    } catch (cause) {
      this.#drop(call);
      this.#tell({ kind: "failed", id: call.id, failure: failureOf(recordingFailure(cause)) });
    }
  }

  async #store({ id, place }: KeptCall, exchange: LongExchange): Promise<void> {
    const facts = factsOf(exchange);
    const failure = await place.done(exchange);
    const files = this.#session.summary();
    this.#tell({ kind: "stored", id, exchange: facts, files, ...(failure ? { failure: failureOf(failure) } : {}) });
  }

  async #exchange({ started, head, chunks }: KeptCall, { how, meta, trailers }: CallEnd): Promise<LongExchange> {
    let now = started!.at;
    const recorder = createRecorder(
      {
        now: () => now,
        sha256: () => createHash("sha256"),
        redact: this.#options.redact,
        meta: started!.meta,
      },
      spool,
    );
    const recording = recorder.start(started!.request);
    try {
      now = head!.at;
      recording.head(head!);
      for (const { bytes, at, paused } of chunks) {
        now = at;
        recording.chunk(bytes, { paused });
        if (performance.now() - this.#since > sliceMs) await this.#rest();
      }
      chunks.discard();
      return recording.end(how, meta, trailers);
    } catch (cause) {
      recording.discard();
      throw cause;
    }
  }

  /** Others have their turn. */
  async #rest(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }

  async #close(): Promise<void> {
    await this.#work;
    await this.#session.close();
    this.#tell({ kind: "closed", files: this.#session.summary(), failures: this.#session.failures.map(failureOf) });
  }
}

function factsOf({ response, frames, end, meta }: LongExchange): ExchangeFacts {
  return {
    status: response.status,
    how: end.how,
    frames: frames!,
    items: end.items,
    bytes: end.bytes,
    redacted: (meta?.["redacted"] ?? {}) as Readonly<Record<string, number>>,
  };
}

function failureOf({ code, message, hint }: RecorderError): FailureFacts {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
