/** A value that cannot be, as an error shows it: as JSON, or in the words of whoever wrote it where JSON has none. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "bigint") return `${String(value)}n`;
  try {
    return JSON.stringify(value) ?? (value === undefined ? "undefined" : `a ${typeof value}`);
  } catch {
    return "an object that JSON has no text for";
  }
}
