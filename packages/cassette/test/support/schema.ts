import { readFileSync } from "node:fs";
import type { SchemaObject } from "ajv/dist/2020.js";
import { Ajv2020 } from "ajv/dist/2020.js";

const file = new URL("../../schema/cassette-line.schema.json", import.meta.url);
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  strictTuples: false,
  allErrors: true,
});
const validate = ajv.compile(JSON.parse(readFileSync(file, "utf8")) as SchemaObject);

/** What the published schema says against one parsed line. Empty when nothing. */
export function lineProblems(line: unknown): string[] {
  validate(line);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${String(message)}`);
}

/** The same of a whole cassette, with the numbers of the lines. */
export function schemaProblems(text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    return lineProblems(JSON.parse(line)).map((problem) => `line ${String(index + 1)}: ${problem}`);
  });
}
