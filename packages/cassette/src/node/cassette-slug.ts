import { createHash } from "node:crypto";

/**
 * A file name, without extension, that every file system takes: lower case `[a-z0-9-]`, at most 80 characters and, when
 * something was cut, a letter or digit has no place in it, nothing is left, or it is a device of Windows, 8 hex digits of a hash of
 * the whole.
 */
export function cassetteSlug(text: string): string {
  const letters = text.normalize("NFKD").toLowerCase();
  const whole = letters.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  // Names that differ in nothing else would be one file.
  const isPart = /(?![a-z0-9])[\p{L}\p{N}]/u.test(letters);
  const isDevice = /^(?:con|prn|aux|nul|(?:com|lpt)\d)$/.test(whole);
  if (whole.length > 80 || whole === "" || isPart || isDevice) {
    return `${whole.slice(0, 80)}-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`.replace(/^-+/, "");
  }
  return whole;
}
