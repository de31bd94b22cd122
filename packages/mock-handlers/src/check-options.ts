import { MockHandlersError } from "./errors.ts";

/** All options of a function, and what `typeof` must say of each; "" where that is not for this check to know. */
export type KnownOptions<Options> = Readonly<Record<keyof Options, "boolean" | "function" | "">>;

/**
 * Refuses options that a function does not have: TypeScript sees them in a literal only, and a test that asked for a
 * `fault` where `faults` is meant must not pass without it.
 *
 * @param who the function, for the message.
 * @throws MockHandlersError `option`
 */
export function checkOptions<Options extends object>(
  who: string,
  options: Options,
  known: KnownOptions<Required<Options>>,
): void {
  if (typeof options !== "object" || (options as unknown) === null) {
    throw new MockHandlersError("option", `${who} was given ${shown(options)} for options; expected an object`);
  }
  for (const [name, value] of Object.entries(options) as [keyof Options & string, unknown][]) {
    if (!Object.hasOwn(known, name)) {
      const names = Object.keys(known).join(", ");
      throw new MockHandlersError("option", `${who} was given the option ${name}; expected one of ${names}`);
    }
    const type = known[name];
    if (type !== "" && value !== undefined && typeof value !== type) {
      throw new MockHandlersError("option", `${who} was given the ${name} ${shown(value)}; expected a ${type}`);
    }
  }
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return value === null || !/object|function/.test(typeof value) ? String(value) : typeof value;
}
