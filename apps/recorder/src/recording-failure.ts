import { CassetteError } from "@eventstream-kit/cassette";
import { messageOf, RecorderError } from "./errors.ts";

/** What went wrong with a call or its recording. */
export function asRecordingFailure(cause: unknown): RecorderError {
  if (cause instanceof RecorderError) return cause;
  const isUnmasked = cause instanceof CassetteError && cause.code === "redaction";
  return new RecorderError(isUnmasked ? "secret_found" : "write_failed", `Recording failed: ${messageOf(cause)}`, {
    cause,
  });
}
