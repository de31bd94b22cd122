import { createHash } from "node:crypto";

/**
 * A file name, without extension, that every file system takes: lower case `[a-z0-9-]`, at most 80 characters and, when
 * something was cut or nothing is left, 8 hex digits of a hash of the whole.
 */
export function cassetteSlug(text: string): string {
  const whole = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (whole.length > 80 || whole === "") {
    return `${whole.slice(0, 80)}-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`.replace(/^-+/, "");
  }
  return whole;
}
