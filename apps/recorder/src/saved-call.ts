import { createHash } from "node:crypto";
import {
  createRecorder,
  type End,
  type LongExchange,
  type Recording,
  type RedactionOptions,
} from "@eventstream-kit/cassette";
import { saveCassette, spool } from "@eventstream-kit/cassette/node";
import type { ServiceRequest } from "@eventstream-kit/service";
import type { Credentials } from "./credentials.ts";
import type { RecorderError } from "./errors.ts";
import { recordingFailure } from "./recording-failure.ts";
import type { UpstreamChunk } from "./upstream-chunks.ts";
import type { UpstreamResponse } from "./upstream.ts";
import { version } from "./version.ts";

export interface SavedCallOptions {
  /** The cassette. */
  readonly path: string;
  readonly region: string;
  readonly redact: RedactionOptions | false;
  /** Whether the file may have more than 10 MiB. */
  readonly large: boolean;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
}

/** The one call of `invoke --save`. However long its stream is, memory does not hold it. */
export class SavedCall {
  readonly #options: SavedCallOptions;
  readonly #recording: Recording<LongExchange>;
  #at: number;
  #response: UpstreamResponse | undefined;
  /** What went wrong with recording, though the call goes on. */
  #failure: RecorderError | undefined;
  /** How the body ended. */
  how: End["how"] = "eof";

  constructor(request: ServiceRequest, options: SavedCallOptions) {
    this.#options = options;
    this.#at = options.clock();
    const settings = {
      now: () => this.#at,
      sha256: () => createHash("sha256"),
      redact: options.redact,
      meta: {
        recorder: `eventstream/${version()}`,
        recordedAt: new Date().toISOString(),
        region: options.region,
        boundary: "node:data",
      },
    };
    this.#recording = createRecorder(settings, spool).start(request);
  }

  head(response: UpstreamResponse): void {
    this.#at = response.at;
    this.#response = response;
    this.#unharmed(() => this.#recording.head(response));
  }

  chunk({ bytes, at, paused }: UpstreamChunk): void {
    this.#at = at;
    this.#unharmed(() => this.#recording.chunk(bytes, { paused }));
  }

  /**
   * Writes the cassette; one that its reader left early goes to `<path>.partial`, which replay does not read. Resolves to
   * where it is.
   *
   * @throws RecorderError `secret_found`, `write_failed`
   */
  async save({ accessKeyId, secretAccessKey, sessionToken }: Credentials): Promise<string> {
    const path = this.how === "client-abort" ? `${this.#options.path}.partial` : this.#options.path;
    const header = { eventstream: 1, op: "lambda:InvokeWithResponseStream", origin: "recorded" } as const;
    const secrets = [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
    if (this.#failure) throw this.#failure;
    try {
      const recorded = this.#recording.end(
        this.how,
        { http: this.#response?.httpVersion ?? "1.1" },
        this.#response?.trailers(),
      );
      // The signature was made on the way out, so the recording has not seen it.
      const exchange = { ...recorded, meta: { ...recorded.meta, auth: "sigv4" } };
      await saveCassette(path, { header, exchanges: [exchange] }, { secrets, large: this.#options.large });
      return path;
    } catch (cause) {
      throw notSaved(cause);
    } finally {
      this.#recording.discard();
    }
  }

  #unharmed(work: () => void): void {
    if (this.#failure) return;
    try {
      work();
    } catch (error) {
      this.#failure = notSaved(error);
      this.#recording.discard();
    }
  }
}

function notSaved(cause: unknown): RecorderError {
  return recordingFailure(cause, "The call was not saved", "your");
}
