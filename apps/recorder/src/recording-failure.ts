import { CassetteError } from "@eventstream-kit/cassette";
import { messageOf, RecorderError } from "./errors.ts";

/**
 * What kept a call from being recorded, as an error.
 *
 * @param what did not happen: the beginning of its message.
 * @param whose credentials must not be in it.
 */
export function recordingFailure(
  cause: unknown,
  what = "Recording failed",
  whose = "the recorder's own",
): RecorderError {
  if (cause instanceof RecorderError) return cause;
  const code = cause instanceof CassetteError ? cause.code : undefined;
  if (code === "secret") {
    return new RecorderError("secret_found", `${what}: it contains one of ${whose} credentials`, { cause });
  }
  return new RecorderError(code === "redaction" ? "secret_found" : "write_failed", `${what}: ${messageOf(cause)}`, {
    cause,
    ...(code === "size" ? { hint: "Say --large to write it all the same" } : {}),
  });
}
