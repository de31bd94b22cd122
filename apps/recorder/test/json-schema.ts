import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020, type SchemaObject, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";

const folder = new URL("../schemas/", import.meta.url);
const ending = ".schema.json";

/** The names of the published schemas. */
export const schemaNames = readdirSync(folder)
  .filter((name) => name.endsWith(ending))
  .map((name) => name.slice(0, -ending.length));

export function publishedSchema(name: string): SchemaObject {
  return JSON.parse(readFileSync(new URL(`${name}${ending}`, folder), "utf8")) as SchemaObject;
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validators = new Map<string, ValidateFunction>();

function validatorOf(name: string): ValidateFunction {
  let validate = validators.get(name);
  if (!validate) validators.set(name, (validate = ajv.compile(closed(publishedSchema(name)) as SchemaObject)));
  return validate;
}

/**
 * Fails unless every line is a JSON value of the schema that it names, and that schema is published. Stricter than the schema:
 * later versions may have more members, this one has those that are described.
 */
export function expectPublished(lines: string): void {
  for (const line of lines.trimEnd().split("\n")) {
    const value = JSON.parse(line) as { schema?: unknown };
    const name = /^eventstream\/([a-z-]+)$/.exec(String(value.schema))?.[1];
    expect(schemaNames).toContain(name);
    const validate = validatorOf(name!);
    validate(value);
    expect({ line, errors: validate.errors ?? [] }).toEqual({ line, errors: [] });
  }
}

function closed(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const members = Object.fromEntries(Object.entries(schema).map(([key, member]) => [key, closed(member)]));
  return "properties" in schema ? { additionalProperties: false, ...members } : members;
}
