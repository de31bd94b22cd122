import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Table } from "./guide.ts";
import { renderGuide } from "./guide.ts";

const guide = join(import.meta.dirname, "../../../../docs/guides/faults.md");
const begin = "<!-- Made by `npm run fault-matrix` from what the tests measured. -->\n\n";
const end = "\n\n<!-- Made until here. -->";

test("the guide shows what the tests measured", () => {
  const text = readFileSync(guide, "utf8");
  const [before, rest] = text.split(begin) as [string, string];
  const [shown, after] = rest.split(end) as [string, string];
  const made = renderGuide(
    ["msw-3.json", "msw-2.json", "msw-2.11.json"].map(
      (file) => JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8")) as Table,
    ),
  );
  const updating = process.env["FAULT_MATRIX"] === "update";
  if (updating) writeFileSync(guide, `${before}${begin}${made}${end}${after}`);
  expect(updating ? made : shown).toBe(made);
});
