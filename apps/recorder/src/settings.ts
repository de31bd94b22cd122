import { Option } from "commander";
import {
  parseAge,
  parseHost,
  parseLimit,
  parseNormalizer,
  parsePort,
  parseServices,
  parseSpeed,
  parseTime,
  repeated,
} from "./option-values.ts";
import { recordModes } from "./record-mode.ts";
import { markSetting, type Setting } from "./setting.ts";

/** Every setting. Commands take their options from here, so that all of them mean the same. */
export const settings = {
  dir: {
    kind: "text",
    option: () => new Option("--out <path>", "folder, or one .jsonl file").default("cassettes").env("EVENTSTREAM_DIR"),
  },
  mode: {
    kind: "text",
    option: () =>
      new Option("--mode <mode>", "record: always call AWS; new: only what is not recorded; auto: only without a file")
        .choices(recordModes)
        .default("record")
        .env("EVENTSTREAM_MODE"),
  },
  port: {
    kind: "number",
    option: () =>
      new Option("--port <number>", "port to listen on; 0 takes a free one")
        .default(0)
        .env("EVENTSTREAM_PORT")
        .argParser(parsePort),
  },
  service: {
    kind: "list",
    commas: true,
    option: () =>
      new Option("--service <names>", "services whose endpoint the command gets")
        .default(["lambda"], "lambda")
        .argParser(parseServices),
  },
  region: { kind: "text", option: () => new Option("--region <region>", "region to call") },
  profile: { kind: "text", option: () => new Option("--profile <name>", "AWS profile to sign with") },
  upstream: {
    kind: "text",
    option: () => new Option("--upstream <url>", "where to send calls (default: AWS's own endpoint)"),
  },
  allowHost: {
    kind: "list",
    option: () =>
      new Option("--allow-host <host>", "an upstream host besides AWS's; repeat for more").argParser(
        repeated(parseHost),
      ),
  },
  ca: {
    kind: "text",
    option: () => new Option("--ca <file>", "trust these certificates (PEM) of upstreams, too"),
  },
  onAbort: {
    kind: "text",
    option: () =>
      new Option("--on-abort <what>", "when a client leaves: stop the call, or finish it and record it whole")
        .choices(["stop", "finish"])
        .default("stop"),
  },
  idleTimeout: {
    kind: "text",
    option: () =>
      new Option("--idle-timeout <time>", "give up on an upstream that is silent for so long, such as 30s").argParser(
        parseLimit,
      ),
  },
  redactJson: {
    kind: "list",
    option: () =>
      new Option("--redact-json <path>", "mask a value in JSON, such as $.user.email; repeat for more").argParser(
        repeated(String),
      ),
  },
  redactRegex: {
    kind: "list",
    option: () =>
      new Option("--redact-regex <pattern>", "mask what matches, or its first group; repeat for more").argParser(
        repeated(String),
      ),
  },
  normalize: {
    kind: "list",
    option: () =>
      new Option("--normalize <what>", "bedrock-padding: empty the random padding of Bedrock's events").argParser(
        repeated(parseNormalizer),
      ),
  },
  speed: {
    kind: "text",
    option: () =>
      new Option("--speed <n>", "1 is as recorded, 2 twice as fast; max does not wait")
        .default("max")
        .argParser(parseSpeed),
  },
  maxGap: {
    kind: "text",
    option: () => new Option("--max-gap <time>", "no wait is longer, such as 500ms or 2s").argParser(parseTime),
  },
  minGap: {
    kind: "text",
    option: () => new Option("--min-gap <time>", "no wait is shorter: finds timeouts").argParser(parseTime),
  },
  maxAge: {
    kind: "text",
    option: () => new Option("--max-age <age>", "older recordings are stale, such as 90d or 12h").argParser(parseAge),
  },
} as const satisfies Readonly<Record<string, Omit<Setting, "name">>>;

export type SettingName = keyof typeof settings;

/** The option of a setting. Descriptions may differ from command to command. */
export function settingOption(name: SettingName, description?: string): Option {
  const option = settings[name].option();
  if (description !== undefined) option.description = description;
  // Commander takes an empty variable for a value, but clearing one is how a single run does without it.
  if (option.envVar !== undefined && process.env[option.envVar] === "") delete option.envVar;
  return markSetting(option, { name, ...settings[name] });
}

export const settingNames = Object.keys(settings) as readonly SettingName[];
