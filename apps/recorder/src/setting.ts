import type { Option } from "commander";

/** A value that an option, a variable, the config file or a default can give, in this order. */
export interface Setting {
  /** In the config file. */
  readonly name: string;
  /** What JSON holds it: a list gives an option several times, or once with commas. */
  readonly kind: "text" | "number" | "list";
  readonly option: () => Option;
  /** The option takes a list in one argument. */
  readonly commas?: true;
}

const owners = new WeakMap<Option, Setting>();

/** Says that an option takes its value from a setting when nobody gives it one. */
export function markSetting(option: Option, setting: Setting): Option {
  owners.set(option, setting);
  return option;
}

/** The setting whose option this is. */
export function settingOf(option: Option): Setting | undefined {
  return owners.get(option);
}
