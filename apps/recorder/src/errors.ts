/** What went wrong. The list is closed, and each has its exit code (README). */
export type RecorderErrorCode =
  /** An option, argument or setting does not make sense. */
  | "usage"
  /** A file named on the command line cannot be read. */
  | "file"
  /** A function file cannot be loaded, or exports nothing that can be called. */
  | "function_load"
  /** Bytes or lines given are not what they should be. */
  | "integrity"
  /** A cassette would have contained one of the recorder's own credentials, or what could not be masked. It was not written. */
  | "secret_found"
  /** A cassette could not be written. */
  | "write_failed"
  /** A second interrupt came before a cassette was written. */
  | "interrupted"
  /** Who observes calls (`observe` of `createRecordingProxy`) threw. The recording has not suffered. */
  | "observer_failed"
  /** Replay was asked for something that is not recorded. */
  | "replay_miss"
  /** No usable AWS credentials were found. */
  | "credentials"
  /** The recorder does not talk to this address: not AWS, plain http, link-local, or itself. */
  | "upstream_refused"
  /** The upstream could not be reached, or broke off before it answered. */
  | "upstream_failed"
  /** The upstream has sent nothing for longer than it may be silent. */
  | "upstream_timeout"
  /** A request the recorder cannot sign again: unsigned, presigned, SigV4a, streaming signature. */
  | "request_refused"
  /** The function that was invoked failed, and its stream says so. */
  | "function_failed"
  /** The port could not be opened. */
  | "listen"
  /** The command after `--` was found but cannot be run. */
  | "child_not_executable"
  /** The command after `--` does not exist. */
  | "child_not_found";

/** The one error class of this package. Switch on {@link RecorderError.code}; messages may improve. */
export class RecorderError extends Error {
  override readonly name: string = "RecorderError";
  readonly code: RecorderErrorCode;
  /** What to do about it, in one sentence. */
  declare readonly hint?: string;

  constructor(code: RecorderErrorCode, message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.hint !== undefined) this.hint = details.hint;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
