import { badOption, requireOneOf } from "./options.ts";

/**
 * What happens to a call when there may be a recording of it:
 *
 * - `replay` answers from the recordings there are, and from nothing else. Nothing is written, and nothing is sent.
 * - `auto` answers from the cassette file when there is one, and from nothing else; without a file, calls go to AWS and
 *   make one.
 * - `new` answers from the recordings there are; other calls go to AWS, and are added to the file.
 * - `record` calls AWS always, and replaces the file.
 * - `passthrough` calls AWS always, and writes nothing.
 */
export type CassetteMode = "replay" | "auto" | "new" | "record" | "passthrough";

export const cassetteModes: readonly CassetteMode[] = ["replay", "auto", "new", "record", "passthrough"];

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether this is a build machine: `CI` is set, and not to `0` or `false`. */
export function isCi({ CI = "" }: Environment): boolean {
  return !["", "0", "false"].includes(CI);
}

/**
 * The mode in effect. The environment has precedence over what is written in code: `EVENTSTREAM_MODE`, then `CI`, which
 * means `replay`, then `configured`, then `auto`. So a build machine neither writes nor calls AWS unless it is told to
 * from outside.
 *
 * @throws CassetteError `option` for a mode there is none.
 */
export function cassetteMode(configured: CassetteMode | undefined, env: Environment): CassetteMode {
  if (configured !== undefined) requireOneOf("mode", configured, cassetteModes);
  const { EVENTSTREAM_MODE: wanted = "" } = env;
  const found = cassetteModes.find((mode) => mode === wanted);
  if (found === undefined && wanted !== "") throw badOption("EVENTSTREAM_MODE", wanted, cassetteModes.join(", "));
  return found ?? (isCi(env) ? "replay" : (configured ?? "auto"));
}
