import { RecorderError, type RecorderErrorCode } from "./errors.ts";

/** What the exit code of `eventstream` says. */
export const exitCodes = {
  success: 0,
  /** Something unexpected, or something the machine refused (a port, a file to write). */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** `check`, `diff`, `doctor` or `--check` found something. */
  found: 3,
  /** Bytes, hashes or lines are damaged. */
  integrity: 4,
  /** A credential, or what could not be masked, would have been written. */
  secret: 5,
  /** Replay was asked for something that is not recorded. */
  replayMiss: 6,
  /** Upstream, credentials or network. */
  upstream: 7,
  /** The function that was invoked failed. */
  functionFailed: 8,
  /** The recorder itself failed while it ran a command. */
  failureBesideChild: 125,
  childNotExecutable: 126,
  childNotFound: 127,
  /** Ctrl-C, or a request to terminate. */
  interrupted: 130,
} as const;

const byError: Record<RecorderErrorCode, number> = {
  usage: exitCodes.usage,
  file: exitCodes.usage,
  function_load: exitCodes.usage,
  integrity: exitCodes.integrity,
  secret_found: exitCodes.secret,
  write_failed: exitCodes.failure,
  interrupted: exitCodes.interrupted,
  observer_failed: exitCodes.failure,
  replay_miss: exitCodes.replayMiss,
  credentials: exitCodes.upstream,
  upstream_refused: exitCodes.upstream,
  upstream_failed: exitCodes.upstream,
  upstream_timeout: exitCodes.upstream,
  request_refused: exitCodes.usage,
  function_failed: exitCodes.functionFailed,
  listen: exitCodes.failure,
  child_not_executable: exitCodes.childNotExecutable,
  child_not_found: exitCodes.childNotFound,
};

/** The exit code that belongs to an error; anything unknown is an unexpected failure. */
export function exitCodeOf(error: unknown): number {
  return error instanceof RecorderError ? byError[error.code] : exitCodes.failure;
}
