import type { Command, Option } from "commander";
import type { CommandModule } from "../command.ts";
import type { Config } from "../config.ts";
import { RecorderError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { withoutUserInfo } from "../without-user-info.ts";
import { settingNames, settingOption, settings, type SettingName } from "../settings.ts";

interface Options {
  readonly show?: true;
  readonly json?: true;
}

/** Where a value comes from, and what that is called there. */
interface ShownSetting {
  readonly name: SettingName;
  /** Null for what is not set. */
  readonly value: unknown;
  readonly from: "option" | "variable" | "file" | "default";
  /** The option, the variable or the file. */
  readonly source?: string;
}

/** `eventstream config --show`: what the other commands would take for each setting. */
export const config: CommandModule = {
  define(command) {
    command.option("--show", "print every setting with its source").option("--json", "print one JSON object");
    for (const name of settingNames) command.addOption(asSaid(name));
    command.addHelpText(
      "after",
      `
An option wins over its variable, a variable over the config file (JSON:
eventstream.config.json in the working directory, or --config), and that over
the default. Options given here are shown, too.

Example:
  $ eventstream config --show`,
    );
  },

  async run(command, { config: reader, terminal }) {
    const { show, json } = command.opts<Options>();
    if (!show) throw new RecorderError("usage", "There is nothing to do; expected --show");
    const file = await reader.read();
    const shown = settingNames.map((name) => shownSetting(name, command, file));
    if (json) {
      const result = { schema: "eventstream/config", version: 1, file: file.file ?? null, settings: shown };
      await terminal.stdout.write(`${JSON.stringify(result)}\n`);
      return exitCodes.success;
    }
    const rows = shown.map(({ name, value, from, source }) => [name, textOf(value), source ?? from] as const);
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
    for (const [name, value, source] of rows) {
      const line = `${name.padEnd(widths[0]!)}  ${value.padEnd(widths[1]!)}  ${terminal.dataColors.dim(source)}`;
      await terminal.stdout.write(`${line}\n`);
    }
    return exitCodes.success;
  },
};

/** `90d` is checked as ever, and shown as `90d`. */
function asSaid(name: SettingName): Option {
  const option = settingOption(name);
  const parse = option.parseArg;
  if (settings[name].kind !== "text" || !parse) return option;
  return option.argParser((text) => {
    parse(text, undefined as never);
    return text;
  });
}

function shownSetting(name: SettingName, command: Command, { file }: Config): ShownSetting {
  const option = settingOption(name);
  const value = command.getOptionValue(option.attributeName()) as unknown;
  const common = { name, value: shownValue(value ?? null) };
  const from = command.getOptionValueSource(option.attributeName());
  if (from === "cli") return { ...common, from: "option", source: option.long! };
  if (from === "env") return { ...common, from: "variable", source: option.envVar! };
  if (from === "config") return { ...common, from: "file", source: file! };
  return { ...common, from: "default" };
}

function shownValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shownValue);
  return typeof value === "string" ? withoutUserInfo(value) : value;
}

function textOf(value: unknown): string {
  if (value === null) return "-";
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}
