import { readFileSync } from "node:fs";

/** The version of this package, for `meta.recorder`. */
export function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
