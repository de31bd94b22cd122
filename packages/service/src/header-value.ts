import type { HeaderLine } from "./service.ts";

/** The value of the first line of that name, in any letter case. `undefined` when there is none. */
export function headerValue(headers: readonly HeaderLine[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [candidate, value] of headers) {
    if (isName(candidate, wanted)) return value;
  }
  return undefined;
}

/** The values of all lines of that name, in any letter case, in order. */
export function headerValues(headers: readonly HeaderLine[], name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (const [candidate, value] of headers) {
    if (isName(candidate, wanted)) values.push(value);
  }
  return values;
}

/**
 * Whether a line has that name, in any letter case. The length decides most comparisons: lower case of ASCII, which names are,
 * keeps it.
 *
 * @param wanted lower case
 */
export function isName(candidate: string, wanted: string): boolean {
  return candidate.length === wanted.length && candidate.toLowerCase() === wanted;
}
