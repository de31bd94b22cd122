import { createHash } from "node:crypto";
import type { CommandModule } from "../command.ts";
import { environmentSecrets } from "../environment-secrets.ts";
import { redactPayloadFiles } from "../redact-payload-files.ts";
import { redactCassetteText } from "../redact-text.ts";
import { redactionOf, type RedactionFlags } from "../redaction-flags.ts";
import { addRewritingOptions, rewriteFiles } from "../rewriting-command.ts";
import { settingOption } from "../settings.ts";

/** `eventstream redact`: cassettes that were recorded before a rule, or without one, masked as if recorded with it. */
export const redact: CommandModule = {
  define(command) {
    addRewritingOptions(command)
      .addOption(settingOption("redactJson"))
      .addOption(settingOption("redactRegex"))
      .addOption(settingOption("normalize"))
      .addHelpText(
        "after",
        `
Masks in cassettes what record masks: keys, tokens and account ids, also across
frames and in base64 strings within JSON; what the options say; and the
credentials of the environment. Sizes, hashes and timing are computed anew;
comments stay. Prints the names of the files it changed. Without paths: the
folder cassettes, or EVENTSTREAM_DIR.

A file that would still have one of those credentials, such as in hex or in a
comment, stays as it is: exit code 5.

Example:
  $ eventstream redact --redact-json '$.user.email' cassettes`,
      );
  },

  async run(command, context) {
    const flags = command.opts<Omit<RedactionFlags, "redact">>();
    const asked = await redactionOf({ ...flags, redact: true });
    const own = environmentSecrets(context.env).filter(({ length }) => length >= shortestSecret);
    const find = (text: string) => [...((asked && asked.find?.(text)) || []), ...own];
    const options = asked ? { ...asked, find } : { find };
    const redaction = { options, secrets: own, sha256 };
    return rewriteFiles(
      {
        name: "redact",
        rewrite: (text, readFile, file) => redactCassetteText(file, text, readFile, redaction),
        rewriteFile: (file, text, check) => redactPayloadFiles(file, text, { ...redaction, check }),
      },
      command,
      context,
    );
  },
};

const sha256 = () => createHash("sha256");

/** As everywhere: a shorter one, such as a test's key, is found by accident. */
const shortestSecret = 8;
