import { CassetteError } from "@eventstream-kit/cassette";
import { ServiceError } from "@eventstream-kit/service";
import { messageOf, RecorderError } from "./errors.ts";

/**
 * What went wrong with reading or replaying cassettes, as an error of this package. Anything else stays what it is.
 *
 * @param file named in the message, for what was parsed from somewhere the cassette package does not know.
 */
export function cassetteFailure(cause: unknown, file?: string): unknown {
  if (cause instanceof ServiceError) return new RecorderError("usage", messageOf(cause), { cause });
  if (!(cause instanceof CassetteError)) return cause;
  // What reads payload files for the cassette package says best itself what to do.
  if (cause.cause instanceof RecorderError) return cause.cause;
  if (cause.code === "option") return new RecorderError("usage", messageOf(cause), { cause });
  if (cause.code === "redaction" || cause.code === "secret") {
    return new RecorderError("secret_found", messageOf(cause), { cause });
  }
  const place = file === undefined ? "" : `${file}: `;
  return new RecorderError(cause.code === "file" ? "file" : "integrity", place + messageOf(cause), {
    cause,
    ...hintFor(cause),
  });
}

function hintFor({ code, field }: CassetteError): { readonly hint?: string } {
  if (code !== "integrity") return {};
  return {
    hint: payloadField.test(field ?? "")
      ? "Payload files belong beside the cassette, as they were recorded: take them from where the cassette is from"
      : "If it was edited by hand: eventstream fix brings it up to date",
  };
}

/** Of a file that is not there, or has something else than its name says. */
const payloadField = /^(?:req|frame)\.(?:file|bytes)$/;
