import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CassetteError, parseCassette } from "@eventstream-kit/cassette";
import { Ajv2020, type SchemaObject, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";

let validator: ValidateFunction | undefined;

/** Fails for a cassette in a folder that loads and is not as the published schema says. Whatever a test is about. */
export function expectCassetteSchema(folder: string): void {
  for (const file of globSync("**/*.cassette.jsonl", { cwd: folder })) {
    const text = readFileSync(`${folder}/${file}`, "utf8");
    if (!loads(text)) continue;
    const validate = (validator ??= compiled());
    for (const line of text.split("\n")) {
      if (/^\s*(#|$)/.test(line)) continue;
      validate(JSON.parse(line));
      expect({ line, problems: validate.errors ?? [] }).toEqual({ line, problems: [] });
    }
  }
}

function compiled(): ValidateFunction {
  const file = fileURLToPath(import.meta.resolve("@eventstream-kit/cassette/schema.json"));
  return new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(file, "utf8")) as SchemaObject);
}

function loads(text: string): boolean {
  try {
    parseCassette(text);
    return true;
  } catch (error) {
    if (error instanceof CassetteError) return false;
    throw error;
  }
}
