import type { Command } from "commander";
import { settingOption } from "./settings.ts";

/** Options for values that the rules do not know. Recording and replaying take the same ones, so that requests still match. */
export function addRedactionOptions(command: Command): Command {
  return command
    .addOption(settingOption("redactJson"))
    .addOption(settingOption("redactRegex"))
    .option("--no-redact", "mask nothing (headers and signatures stay out)");
}
