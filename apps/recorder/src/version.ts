import { readFileSync } from "node:fs";

let known: string | undefined;

/** The version of this package, read once from the one place it is written in. */
export function version(): string {
  return (known ??= read());
}

function read(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
