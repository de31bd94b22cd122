import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CommanderError, type Command, type Option } from "commander";
import { messageOf, RecorderError } from "./errors.ts";
import { settingOf, type Setting } from "./setting.ts";

/** Found in the working directory. Data and no program: nothing runs because a folder was entered. */
export const configFileName = "eventstream.config.json";

/** What the config file says, by the names of settings. */
export interface Config {
  /** Undefined without a file. */
  readonly file: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface ConfigReader {
  /** Reads the file at the first call. Throws `file` for one that cannot be read, `usage` for what it says wrong. */
  read(): Promise<Config>;
  /** Gives every option of a command that is a setting, and that nobody gave, the file's value. */
  applyTo(command: Command): Promise<void>;
  /** The folder of cassettes where no path is said: `EVENTSTREAM_DIR`, the file's `dir`, `cassettes`. */
  dir(env: Readonly<Record<string, string | undefined>>): Promise<string>;
}

/** @param path a file somebody named, which must be there. */
export function configReader(cwd: string, path: string | undefined): ConfigReader {
  let reading: Promise<Config> | undefined;
  const read = () => (reading ??= readConfig(cwd, path));
  return {
    read,
    async applyTo(command) {
      for (const option of command.options) {
        const setting = settingOf(option);
        const source = command.getOptionValueSource(option.attributeName());
        if (!setting || source === "cli" || source === "env") continue;
        const { values, file } = await read();
        const value = Object.hasOwn(values, setting.name) ? values[setting.name] : undefined;
        if (value === undefined) continue;
        command.setOptionValueWithSource(option.attributeName(), optionValue(setting, option, value, file!), "config");
      }
    },
    async dir(env) {
      const dir = env["EVENTSTREAM_DIR"] || (await read()).values["dir"];
      return typeof dir === "string" ? dir : "cassettes";
    },
  };
}

async function readConfig(cwd: string, path: string | undefined): Promise<Config> {
  const file = path ?? configFileName;
  let text: string;
  try {
    text = await readFile(path === undefined ? join(cwd, file) : resolve(cwd, file), "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (path === undefined && missing) return { file: undefined, values: {} };
    throw new RecorderError("file", `Reading the config file ${file} failed: ${messageOf(cause)}`, { cause });
  }
  return { file, values: await parseConfig(text, file) };
}

async function parseConfig(text: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RecorderError("usage", `The config file ${file} is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RecorderError("usage", `The config file ${file} holds no JSON object; expected {"dir":"cassettes", ...}`);
  }
  const { settings, settingNames } = await import("./settings.ts");
  for (const [name, member] of Object.entries(value)) {
    // For editors.
    if (name === "$schema") continue;
    if (!Object.hasOwn(settings, name)) {
      const known = settingNames.join(", ");
      throw new RecorderError("usage", `The config file ${file} has '${name}'; expected some of ${known}`);
    }
    const setting = { name, ...settings[name as keyof typeof settings] };
    // Refused now, whichever command was asked for: nobody finds a mistake in a file that is read now and then.
    optionValue(setting, setting.option(), member, file);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** What the option would be if the value had been said on the command line. */
function optionValue(setting: Setting, option: Option, value: unknown, file: string): unknown {
  const texts = textsOf(setting, value);
  const where = `The config file ${file}: ${setting.name}`;
  if (!texts) {
    const expected = { text: "a string", number: "a number", list: "a list of strings" }[setting.kind];
    throw new RecorderError("usage", `${where} is ${JSON.stringify(value)}; expected ${expected}`);
  }
  try {
    let parsed: unknown;
    for (const text of texts) parsed = option.parseArg ? option.parseArg(text, parsed as never) : text;
    return parsed;
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    throw new RecorderError("usage", `${where} is ${JSON.stringify(value)}. ${cause.message}`, { cause });
  }
}

function textsOf({ kind, commas }: Setting, value: unknown): readonly string[] | undefined {
  if (kind === "text") return typeof value === "string" ? [value] : undefined;
  if (kind === "number") return typeof value === "number" ? [String(value)] : undefined;
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === "string")) return undefined;
  return commas ? [value.join(",")] : value;
}
