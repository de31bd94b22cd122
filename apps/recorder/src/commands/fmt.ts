import { createHash } from "node:crypto";
import { formatCassetteText } from "@eventstream-kit/cassette";
import type { CommandModule } from "../command.ts";
import { addRewritingOptions, rewriteFiles } from "../rewriting-command.ts";

/** `eventstream fmt`: cassettes in their one canonical form. */
export const fmt: CommandModule = {
  define(command) {
    addRewritingOptions(command).addHelpText(
      "after",
      `
Gives cassettes the form in which they are recorded: order of members, spacing,
notation of payloads, line ends. Comments stay. Prints the names of the files
that it changed. Without paths: the folder cassettes, or EVENTSTREAM_DIR.

Example:
  $ eventstream fmt --check cassettes`,
    );
  },

  run: (command, context) =>
    rewriteFiles(
      {
        name: "fmt",
        rewrite: (text, readFile) => formatCassetteText(text, { sha256: () => createHash("sha256"), readFile }),
      },
      command,
      context,
    ),
};
