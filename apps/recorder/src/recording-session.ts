import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { assertNoSecretsInExchange, type LongExchange } from "@eventstream-kit/cassette";
import { cassetteSlug, removeCassette, saveCassette } from "@eventstream-kit/cassette/node";
import { callSlug, textOf, type CallName } from "./call-name.ts";
import { messageOf, RecorderError } from "./errors.ts";
import { recordingFailure } from "./recording-failure.ts";

export interface SessionOptions {
  /** A folder, or one file when the name ends in `.jsonl`. */
  readonly out: string;
  /** Names the session: its file when `out` is a folder, and the title in every file. */
  readonly title?: string;
  /** Whether a file that was there before is added to instead of replaced. */
  readonly keep: boolean;
  /** Values that no file may hold. Asked before every write, because credentials change. */
  readonly secrets: () => readonly string[];
  /** Whether a file may have more than 10 MiB. Default false. */
  readonly large?: boolean;
}

/** A call under way: its place in its file is taken when it starts, so that files are in the order of the requests. */
export interface OpenRecording {
  /**
   * Writes it, as soon as the calls before it in the same file have ended. Resolves when it is in its file, or to what
   * kept it out.
   */
  done(exchange: LongExchange): Promise<RecorderError | undefined>;
  /** There is nothing to write. */
  dropped(): void;
}

/** What one session did to one file. */
export interface FileSummary {
  readonly path: string;
  readonly change: "new" | "updated";
  readonly exchanges: number;
  /** Its size, payload files included. */
  readonly bytes: number;
  /** How many payload files it has, in the folder `<path>.d`. */
  readonly files: number;
}

/** A call in its file: under way, ended with something to write, or ended with nothing. */
interface Place {
  settled: boolean;
  ended?: EndedCall;
}

interface EndedCall {
  readonly call: CallName;
  readonly exchange: LongExchange;
  /** Told once it is known whether it is in its file. */
  readonly stored: (failure?: RecorderError) => void;
}

interface SessionFile {
  readonly path: string;
  readonly call: CallName;
  /** In the order of their requests. */
  readonly queue: Place[];
  existed: boolean;
  written: number;
  bytes: number;
  files: number;
  /** Writes to one file come one after the other; what ends meanwhile goes together. */
  writing: Promise<void>;
}

const extension = ".cassette.jsonl";
const partialExtension = ".partial";

/** Where calls of that name are stored. */
export function recordingPath({ out, title }: Pick<SessionOptions, "out" | "title">, call: CallName): string {
  if (out.endsWith(".jsonl")) return out;
  return join(out, (title === undefined ? callSlug(call) : cassetteSlug(title)) + extension);
}

/**
 * The files of one `record` session. `out` is a folder: one file for each operation and function (or one in all, named
 * by the title), with one block for each call. `out` is a file: all calls in it.
 *
 * A call that its client left early goes to `<file>.partial`, which replay does not read. One of a session before is replaced, or
 * removed when nothing was left early any more.
 */
export class RecordingSession {
  readonly #options: SessionOptions;
  readonly #files = new Map<string, SessionFile>();
  readonly #open = new Set<Promise<void>>();
  /** What went wrong with recording, the first of each kind. */
  readonly failures: RecorderError[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  open(call: CallName): OpenRecording {
    const file = this.#file(recordingPath(this.#options, call), call);
    const place: Place = { settled: false };
    file.queue.push(place);
    let over!: () => void;
    const promise = new Promise<void>((resolve) => (over = resolve));
    this.#open.add(promise);
    const settle = (ended?: EndedCall) => {
      if (place.settled) return ended && finished(ended, tooLate(call));
      place.settled = true;
      this.#open.delete(promise);
      over();
      if (ended?.exchange.end.how === "client-abort") this.#partial(file, ended);
      else if (ended) place.ended = ended;
      this.#write(file);
    };
    return {
      done: (exchange) => new Promise((stored) => settle({ call, exchange, stored })),
      dropped: () => settle(),
    };
  }

  /**
   * Resolves when everything is written. Calls that end within `graceMs` are taken along: when connections have just
   * been closed, their ends are about to be told.
   */
  async close(graceMs = 0): Promise<void> {
    const grace = new AbortController();
    await Promise.race([Promise.all(this.#open), setTimeout(graceMs, undefined, grace).catch(() => {})]);
    grace.abort();
    for (const file of this.#files.values()) {
      // Nobody waits for the open ones any more.
      for (const place of file.queue) place.settled = true;
      this.#write(file);
    }
    for (const file of this.#files.values()) await file.writing;
    for (const file of this.#files.values()) await this.#removeOutdated(file);
  }

  /** What was left early in a session before does not belong to what is there now. */
  async #removeOutdated({ path, written }: SessionFile): Promise<void> {
    const partial = path + partialExtension;
    if (written === 0 || path.endsWith(partialExtension) || this.#files.has(partial)) return;
    try {
      await removeCassette(partial);
    } catch (cause) {
      const message = `${partial} is of a session before, and could not be removed: ${messageOf(cause)}`;
      this.failures.push(new RecorderError("write_failed", message, { cause }));
    }
  }

  summary(): readonly FileSummary[] {
    return [...this.#files.values()]
      .filter(({ written }) => written > 0)
      .map(({ path, existed, written, bytes, files }) => ({
        path,
        change: existed ? "updated" : "new",
        exchanges: written,
        bytes,
        files,
      }));
  }

  #file(path: string, call: CallName): SessionFile {
    let file = this.#files.get(path);
    if (!file) {
      file = { path, call, queue: [], existed: false, written: 0, bytes: 0, files: 0, writing: Promise.resolve() };
      this.#files.set(path, file);
    }
    return file;
  }

  #partial(file: SessionFile, ended: EndedCall): void {
    const partial = this.#file(file.path + partialExtension, file.call);
    partial.queue.push({ ended, settled: true });
    this.#write(partial);
  }

  #write(file: SessionFile): void {
    const save = async () => {
      const ready: EndedCall[] = [];
      while (file.queue[0]?.settled) {
        const { ended } = file.queue.shift()!;
        if (ended) ready.push(ended);
      }
      // One alone is checked when it is written.
      const clean = ready.length > 1 ? ready.filter((ended) => this.#isClean(ended)) : ready;
      if (clean.length > 0) await this.#save(file, clean);
    };
    file.writing = file.writing.then(save);
  }

  /** Checked one by one, so that one call with a secret does not cost the others. */
  #isClean(ended: EndedCall): boolean {
    try {
      assertNoSecretsInExchange(ended.exchange, this.#options.secrets());
      return true;
    } catch (error) {
      this.#fail(ended, error);
      return false;
    }
  }

  async #save(file: SessionFile, ready: readonly EndedCall[]): Promise<void> {
    const { title, keep, secrets, large = false } = this.#options;
    const header = {
      eventstream: 1,
      op: file.call.op,
      ...(title === undefined ? {} : { title }),
      origin: ready.some(isNormalized) ? "edited" : "recorded",
    } as const;
    const first = file.written === 0;
    const isPartial = file.path.endsWith(partialExtension);
    try {
      if (first) file.existed = (await stat(file.path).catch(() => undefined)) !== undefined;
      const exchanges = ready.map(({ exchange }) => exchange);
      const options = { secrets: secrets(), append: !first || (keep && !isPartial), large };
      ({ bytes: file.bytes, files: file.files } = await saveCassette(file.path, { header, exchanges }, options));
      file.written += exchanges.length;
    } catch (error) {
      for (const ended of ready) this.#fail(ended, error);
      return;
    }
    for (const ended of ready) finished(ended);
  }

  #fail(ended: EndedCall, cause: unknown): void {
    const failure = recordingFailure(cause, notWritten(ended.call));
    this.failures.push(failure);
    finished(ended, failure);
  }
}

function finished({ exchange, stored }: EndedCall, failure?: RecorderError): void {
  exchange.discard?.();
  stored(failure);
}

/** Whether bytes were changed that were no secret. */
function isNormalized({ exchange: { meta } }: EndedCall): boolean {
  const redacted = meta?.["redacted"];
  return typeof redacted === "object" && redacted !== null && "bedrock-padding" in redacted;
}

function notWritten(call: CallName): string {
  return `The recording of ${textOf(call)} was not written`;
}

function tooLate(call: CallName): RecorderError {
  return new RecorderError("write_failed", `${notWritten(call)}: it ended after the others had been written`);
}
