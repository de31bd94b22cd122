import { chmod, realpath, stat } from "node:fs/promises";
import { parseCassette, redactExchange } from "@eventstream-kit/cassette";
import { payloadFiles, saveCassette } from "@eventstream-kit/cassette/node";
import { cassetteFailure } from "./cassette-failure.ts";
import { readText, replaceText } from "./cassette-texts.ts";
import { refuseKeptSecrets } from "./kept-secrets.ts";
import { withLinesOf, type TextRedaction } from "./redact-text.ts";

export interface PayloadRedaction extends TextRedaction {
  /** Only says whether it would change. */
  readonly check: boolean;
}

/**
 * Masks a cassette that has payloads in files of their own: masked payloads go to new files, and the old ones of its folder
 * are removed. Says whether it changes; undefined for a cassette without such files, which is left alone.
 *
 * @throws RecorderError `integrity`, `file`, `usage`, `write_failed`, `secret_found`
 */
export async function redactPayloadFiles(
  file: string,
  text: string,
  { options, secrets, sha256, check }: PayloadRedaction,
): Promise<boolean | undefined> {
  const stored = payloadFiles(file);
  let read = 0;
  const readFile = (payload: string) => {
    read++;
    return stored(payload);
  };
  try {
    const { header, exchanges } = parseCassette(text, { sha256, readFile });
    if (read === 0) return undefined;
    const masked = exchanges.map((exchange) => redactExchange(exchange, options, sha256));
    refuseKeptSecrets({ file, text, before: exchanges, masked }, secrets);
    if (masked.every((exchange, index) => exchange === exchanges[index])) return false;
    if (check) return true;
    // A link stays one.
    const target = await realpath(file);
    const { mode } = await stat(target);
    await saveCassette(target, { header, exchanges: masked }, { secrets, large: true });
    await chmod(target, mode & 0o777);
    // Saving knows of no comments.
    await replaceText(target, withLinesOf(text, await readText(target), options));
    return true;
  } catch (cause) {
    throw cassetteFailure(cause, file);
  }
}
