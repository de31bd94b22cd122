import type { CommandModule } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { settingOption } from "../settings.ts";
import type { Diagnosis } from "../doctor/diagnosis.ts";

interface Options {
  readonly out: string;
  readonly port: number;
  readonly profile?: string;
  readonly clock?: string;
  readonly json?: true;
}

/** `eventstream doctor`: why recording might not work here. */
export const doctor: CommandModule = {
  define(command) {
    command
      .addOption(settingOption("dir", "folder of cassettes, which must be writable"))
      .addOption(settingOption("port", "port that record and replay would listen on"))
      .addOption(settingOption("profile"))
      .option("--clock <url>", "compare the clock with this server's, over the network")
      .option("--json", "print one JSON object")
      .addHelpText(
        "after",
        `
Looks at Node, where credentials come from (never what they are), variables
that redirect AWS's endpoints, the folder of cassettes, the port, and SDK
clients that speak HTTP/2. Asks nothing of the network but what --clock says.
Exit code: 3 when something would not work.

Example:
  $ eventstream doctor --clock https://lambda.eu-west-1.amazonaws.com`,
      );
  },

  async run(command, { terminal, env, process }) {
    const { out, port, profile, clock, json } = command.opts<Options>();
    const { diagnose } = await import("../doctor/diagnose.ts");
    const checks = await diagnose({ out, port, profile, clock, env, cwd: process.cwd() });
    if (json) {
      await terminal.conclude([JSON.stringify({ schema: "eventstream/doctor", version: 1, checks })]);
    } else {
      const { green, yellow, red, dim } = terminal.dataColors;
      const signs: Record<Diagnosis["status"], string> = {
        ok: green("ok     "),
        hint: yellow("hint   "),
        problem: red("problem"),
      };
      const lines = checks.flatMap(({ status, name, message, advice }) => [
        `${signs[status]}  ${name}: ${message}`,
        ...(advice === undefined ? [] : [`         ${dim(advice)}`]),
      ]);
      await terminal.conclude(lines);
    }
    return checks.some(({ status }) => status === "problem") ? exitCodes.found : exitCodes.success;
  },
};
