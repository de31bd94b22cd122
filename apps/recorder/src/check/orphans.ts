import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "./finding.ts";

/**
 * Files of a folder that belong to no cassette: what a killed process left behind, recordings that were broken off, and
 * folders with payloads (`<cassette>.d`) whose cassette is gone or does not name them.
 */
export async function orphansIn(folder: string): Promise<Finding[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  const findings: Finding[] = [];
  const add = (file: string, message: string) => findings.push({ check: "orphan", file: join(folder, file), message });
  for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (/^\..+\.jsonl\.[0-9a-f-]{36}\.tmp$/.test(name)) add(name, "it is what a write that did not finish left behind");
    if (name.endsWith(".cassette.jsonl.partial"))
      add(name, "it has calls that were broken off, and nothing replays it");
    if (!/\.cassette\.jsonl(?:\.partial)?\.d$/.test(name)) continue;
    const cassette = name.slice(0, -2);
    if (!names.has(cassette)) {
      add(name, `its cassette ${cassette} is gone`);
      continue;
    }
    const text = await readFile(join(folder, cassette), "utf8");
    for (const payload of (await readdir(join(folder, name))).toSorted()) {
      if (!text.includes(payload)) add(join(name, payload), `${cassette} does not name it`);
    }
  }
  return findings;
}
