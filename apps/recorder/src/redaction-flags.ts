import { createRecorder, type RedactionOptions } from "@eventstream-kit/cassette";
import { cassetteFailure } from "./cassette-failure.ts";

/** What the options of a command say about redaction. */
export interface RedactionFlags {
  readonly redactJson?: readonly string[];
  readonly redactRegex?: readonly string[];
  readonly normalize?: RedactionOptions["normalize"];
  /** False with `--no-redact`. */
  readonly redact: boolean;
}

/** @throws RecorderError `usage` for a pattern or a path that is none. */
export async function redactionOf(flags: RedactionFlags): Promise<RedactionOptions | false> {
  const { redact, redactJson, redactRegex = [], normalize } = flags;
  if (!redact) return false;
  // Loaded late: few ask for it.
  const { linearPattern } = redactRegex.length > 0 ? await import("./linear-pattern.ts") : {};
  const finders = redactRegex.map((source) => linearPattern!(source));
  const rules: RedactionOptions = {
    ...(redactJson ? { json: redactJson } : {}),
    ...(finders.length > 0 ? { find: (text) => finders.flatMap((find) => Array.from(find(text))) } : {}),
    ...(normalize ? { normalize } : {}),
  };
  // A path that is none is found here, and not at the first call, when AWS has been asked already.
  try {
    createRecorder({ redact: rules });
  } catch (cause) {
    throw cassetteFailure(cause);
  }
  return rules;
}
