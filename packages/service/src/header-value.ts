import type { HeaderLine } from "./service.ts";

/** The value of the first line of that name, in any letter case. `undefined` when there is none. */
export function headerValue(headers: readonly HeaderLine[], name: string): string | undefined {
  for (const line of headers) {
    if (isName(line[0], name)) return line[1];
  }
  return undefined;
}

/** Most requests lack most of what is looked for: to make a list of it each time would cost more than to look. */
const none: readonly string[] = Object.freeze([]);

/** The values of all lines of that name, in any letter case, in order. */
export function headerValues(headers: readonly HeaderLine[], name: string): readonly string[] {
  let values: string[] | undefined;
  for (const line of headers) {
    if (!isName(line[0], name)) continue;
    if (values === undefined) values = [line[1]];
    else values.push(line[1]);
  }
  return values ?? none;
}

/**
 * Whether a line has that name, in any letter case. The length decides most comparisons: lower case of ASCII, which names are,
 * keeps it.
 */
export function isName(candidate: string, name: string): boolean {
  return candidate.length === name.length && (candidate === name || candidate.toLowerCase() === name.toLowerCase());
}
