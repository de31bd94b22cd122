import type { ReadPayloadFile } from "@eventstream-kit/cassette";
import { payloadFiles } from "@eventstream-kit/cassette/node";
import { RecorderError } from "./errors.ts";

/**
 * Reads the payloads that a cassette has in files of their own.
 *
 * @param file the cassette; undefined for one from standard input, which has no folder beside it: then whatever is
 *   asked for is refused.
 */
export function payloadsOf(file: string | undefined): ReadPayloadFile {
  if (file !== undefined) return payloadFiles(file);
  return (payload) => {
    throw new RecorderError("integrity", `Standard input names the payload file ${payload}, which is not beside it`, {
      hint: "Name the cassette's file in place of standard input: its payload files are found beside it",
    });
  };
}
