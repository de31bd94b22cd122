import { createHash } from "node:crypto";
import { fixCassetteText } from "@eventstream-kit/cassette";
import type { CommandModule } from "../command.ts";
import { addRewritingOptions, rewriteFiles } from "../rewriting-command.ts";

/** `eventstream fix`: what follows from the content of a cassette, said anew after somebody edited it. */
export const fix: CommandModule = {
  define(command) {
    addRewritingOptions(command).addHelpText(
      "after",
      `
After a cassette was edited by hand: computes size and hash of the "end" lines
anew, fits the timing to the frames there are, and says "origin":"edited".
Prints the names of the files it changed. Without paths: the folder cassettes,
or EVENTSTREAM_DIR.

Example:
  $ eventstream fix cassettes/chat.cassette.jsonl`,
    );
  },

  run: (command, context) =>
    rewriteFiles(
      {
        name: "fix",
        rewrite: (text, readFile) => fixCassetteText(text, { sha256: () => createHash("sha256"), readFile }).text,
      },
      command,
      context,
    ),
};
