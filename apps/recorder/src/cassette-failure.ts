import { CassetteError } from "@eventstream-kit/cassette";
import { ServiceError } from "@eventstream-kit/service";
import { messageOf, RecorderError } from "./errors.ts";

/** What went wrong with reading or replaying cassettes, as an error of this package. Anything else stays what it is. */
export function cassetteFailure(cause: unknown): unknown {
  if (cause instanceof ServiceError) return new RecorderError("usage", messageOf(cause), { cause });
  if (!(cause instanceof CassetteError)) return cause;
  return new RecorderError(cause.code === "file" ? "file" : "integrity", messageOf(cause), { cause });
}
