import { createHash } from "node:crypto";
import { ClientJournal, type ClientRecording } from "../aws-sdk/record-client.ts";
import { missError, Playback, type ReplayClientOptions } from "../aws-sdk/playback.ts";
import { recordingHandler } from "../aws-sdk/recording-handler.ts";
import {
  takeOver,
  type SdkClient,
  type SdkConfig,
  type SdkRequestHandler,
  type StandIn,
} from "../aws-sdk/sdk-client.ts";
import { standInIdentity } from "../aws-sdk/stand-in-identity.ts";
import { transportOf } from "../aws-sdk/transport.ts";
import type { LongExchange } from "../cassette.ts";
import type { CassetteMode } from "../cassette-mode.ts";
import { recorderOf, type Recorder, type RecorderOptions } from "../create-recorder.ts";
import { CassetteError } from "../errors.ts";
import { isSameState, stateOf, type FileState } from "../node/known-files.ts";
import { loadCassette } from "../node/load-cassette.ts";
import { spool } from "../node/spool.ts";
import type { ReplayMiss } from "../replay-miss.ts";
import { noteRecording, refuseReplacing, type RecordingTest } from "./last-recording.ts";

export interface SessionOptions extends ReplayClientOptions, RecorderOptions {
  readonly title: string;
  readonly path: string;
  readonly mode: CassetteMode;
  readonly keepPartial: boolean;
}

/** What came of a session that is over. */
export interface SessionReport {
  /** Calls that no recording answered, and that were not recorded either. */
  readonly misses: readonly ReplayMiss[];
  /** Recordings that were there and not played, as text. */
  readonly unused: readonly string[];
  /** How many answers the client left early. */
  readonly partial: number;
}

/** The files that are being recorded in this process, and who does it. */
const recording = new Map<string, CassetteSession>();

/** The clients of one test, answered from one cassette, recorded into it, or both. */
export class CassetteSession {
  readonly #options: SessionOptions;
  readonly #detach: (() => void)[] = [];
  readonly #misses: ReplayMiss[] = [];
  readonly #journal = new ClientJournal<LongExchange>();
  /** The file, when this began. */
  #found: FileState | undefined;
  #playback: Playback | undefined;
  #recorder: Recorder<LongExchange> | undefined;
  #recording: ClientRecording<LongExchange> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Reads what is there, and decides what the mode makes of it. */
  async open(): Promise<void> {
    const { mode, path } = this.#options;
    this.#found = await stateOf(path).catch(() => undefined);
    const exists = mode !== "record" && mode !== "passthrough" && this.#found !== undefined;
    const records = mode === "record" || mode === "new" || (mode === "auto" && !exists);
    if (records) this.#record();
    if (exists || mode === "replay") {
      const cassette = await loadCassette(path).catch((error: unknown) => {
        throw exists ? error : noCassette(path, error);
      });
      this.#playback = new Playback(cassette, this.#options);
    }
  }

  use(client: SdkClient): void {
    if (!this.#playback && !this.#recorder) return;
    this.#detach.push(takeOver(client, (own, config) => this.#standIn(own, config)));
  }

  /** The clients are as they were. Answers that are still coming are recorded to their end. */
  async close(): Promise<SessionReport> {
    await this.#recording?.stop();
    for (const detach of this.#detach) detach();
    if (recording.get(this.#options.path) === this) recording.delete(this.#options.path);
    const usage = this.#playback?.service.usage() ?? [];
    const unused = usage.flatMap(({ exchange, played }, at) =>
      played > 0 ? [] : [`exchange ${String(at + 1)}, ${exchange.request.method} ${exchange.request.path}`],
    );
    return { misses: this.#misses, unused, partial: this.#recording?.partial.length ?? 0 };
  }

  /**
   * Writes what was recorded, if anything.
   *
   * @param test whose recording it is. One that is tried again may record again; another one would replace what it needs.
   */
  async save(test: RecordingTest): Promise<void> {
    const { path, title, keepPartial, mode } = this.#options;
    if (!this.#recording) return;
    const writes = this.#recording.exchanges.length + this.#recording.partial.length > 0;
    // Test files run in processes of their own.
    if (writes && !isSameState(await stateOf(path).catch(() => undefined), this.#found)) {
      throw new CassetteError(
        "state",
        `Recording into ${path}: something else has written it since the test began; expected a cassette of its own for each test`,
        { path },
      );
    }
    const replaces = writes && mode === "record";
    if (replaces) await refuseReplacing(path, test);
    // Also when there is nothing to write: it says what could not be recorded.
    await this.#recording.save(path, { title, keepPartial, append: mode === "new" });
    if (replaces) await noteRecording(path, test);
  }

  /** Nothing more is to be written. */
  async discard(): Promise<void> {
    await this.#recording?.[Symbol.asyncDispose]();
  }

  #record(): void {
    const { path } = this.#options;
    if (recording.has(path)) {
      throw new CassetteError(
        "state",
        `Recording into ${path}: another test is doing so at the same time; expected a cassette of its own for each`,
        { path },
      );
    }
    recording.set(path, this);
    this.#recorder = recorderOf({ sha256: () => createHash("sha256"), ...this.#options }, spool);
    this.#recording = this.#journal.recording(() => this.#detach.splice(0).forEach((detach) => detach()));
  }

  #standIn(own: SdkRequestHandler, config: SdkConfig): StandIn {
    const playback = this.#playback;
    const transport = transportOf(own);
    const recorder = this.#recorder && recordingHandler(own, config, this.#recorder, this.#journal);
    if (recorder && !playback) return recorder;
    return {
      handle: async (request, options, facts) => {
        const answer = await playback!.play(request, options, transport);
        if (!("message" in answer)) return answer;
        if (recorder) return recorder.handle(request, options, facts);
        const miss = { ...answer, message: `${answer.message}. EVENTSTREAM_MODE=record records the test anew` };
        this.#misses.push(miss);
        throw missError(miss);
      },
      destroyed: () => recorder?.destroyed?.(),
      // Who records signs, with real credentials.
      ...(recorder ? {} : { restore: standInIdentity(config) }),
    };
  }
}

function noCassette(path: string, cause: unknown): CassetteError {
  return new CassetteError(
    "file",
    `There is no cassette ${path} to replay; expected one that has been recorded, as EVENTSTREAM_MODE=auto does where AWS can be called`,
    { path, cause },
  );
}
