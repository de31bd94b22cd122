import { CassetteError } from "./errors.ts";
import { shown } from "./line.ts";

/** Throws `option` unless the value is one of a list: what TypeScript would have refused. */
export function requireOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) throw badOption(name, value, allowed.map(shown).join(" or "));
}

export function badOption(name: string, found: unknown, expected: string): CassetteError {
  const what = typeof found === "number" ? String(found) : shown(found);
  return new CassetteError("option", `Reading the options: ${name} is ${what}; expected ${expected}`);
}
