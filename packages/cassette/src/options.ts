import { CassetteError } from "./errors.ts";
import { shown } from "./line.ts";

/** Throws `option` unless the value is one of a list: what TypeScript would have refused. */
export function requireOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) throw badOption(name, value, allowed.map(shown).join(" or "));
}

/**
 * Throws `option` for members that there are not. TypeScript sees them in a literal only, and who misspells `redact` or `secrets`
 * must not get a recording with what was to be kept out of it.
 *
 * @param where "" for options, or the one that these are members of, such as `redact`
 * @param known the members that there are: those of `Options`, so that none is forgotten here
 */
export function requireKnown<Options extends object>(
  where: string,
  options: Options,
  known: Readonly<Record<keyof Required<Options>, true>>,
): void {
  if (typeof options !== "object" || (options as unknown) === null) {
    throw badOption(where === "" ? "what was given" : where, options, "an object");
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const expected = `one of ${Object.keys(known).join(", ")}`;
  throw new CassetteError(
    "option",
    `Reading the options: found ${where === "" ? "" : `${where}.`}${unknown}; expected ${expected}`,
  );
}

/** Throws `option` for what is no list: a text is one of its characters to whoever goes through it. */
export function requireList(name: string, value: unknown): void {
  if (!Array.isArray(value)) throw badOption(name, value, "a list");
}

export function badOption(name: string, found: unknown, expected: string): CassetteError {
  const what = typeof found === "number" ? String(found) : shown(found);
  return new CassetteError("option", `Reading the options: ${name} is ${what}; expected ${expected}`);
}
