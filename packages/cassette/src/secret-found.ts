import { CassetteError } from "./errors.ts";

/**
 * How a secret was written where it was found. One in escapes is `plain`, for they are undone first: `url` and `json` are those whose
 * escapes do not give it back.
 */
export type SecretForm = "plain" | "url" | "json" | "hex" | "base64" | "base64-twice";

/** Which secret was found, and where. Never what it is. The error has its line, too, if there is one. */
export interface FoundSecret {
  /** Its place in the list that was looked for, from 0. */
  readonly index: number;
  readonly form: SecretForm;
  /** In the text, or in what requests and frames carry: there only when the text does not have it. */
  readonly in: "text" | "payloads";
}

/** @param count how many were looked for. */
export function secretError(found: FoundSecret, count: number, line?: number): CassetteError {
  const which = `number ${String(found.index + 1)} of ${String(count)}`;
  return new CassetteError("secret", `Checking for secrets: found ${which}, ${placeOf(found, line)}; expected none`, {
    line,
    found,
  });
}

/** The form and the place, in words. */
export function placeOf({ form, in: within }: FoundSecret, line?: number): string {
  if (within === "payloads") return `${words[form]} in what requests and frames carry`;
  return line === undefined ? words[form] : `${words[form]} on line ${String(line)}`;
}

const words: Readonly<Record<SecretForm, string>> = {
  plain: "as it is",
  url: "URL-encoded",
  json: "JSON-escaped",
  hex: "as hex",
  base64: "as base64",
  "base64-twice": "as base64 of base64",
};
