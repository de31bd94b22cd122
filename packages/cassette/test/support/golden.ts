import { readFileSync } from "node:fs";

/** A cassette of `test/golden`, as text. */
export function golden(name: string): string {
  return readFileSync(new URL(`../golden/${name}.cassette.jsonl`, import.meta.url), "utf8");
}
