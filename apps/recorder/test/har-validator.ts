import { createRequire } from "node:module";
import { Ajv, type AnySchemaObject } from "ajv";

const require = createRequire(import.meta.url);

/** What is wrong with a HAR by the schemas of HAR 1.2 that its tools share. */
export function harProblems(har: unknown): unknown[] {
  const schemas = require("har-schema") as Record<string, AnySchemaObject>;
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateFormats: true,
    formats: { "date-time": isDate, uri: isUri, ipv4: true, ipv6: true },
  });
  ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json") as AnySchemaObject);
  ajv.addSchema(Object.values(schemas));
  ajv.validate("har.json#", har);
  return ajv.errors ?? [];
}

function isDate(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

function isUri(text: string): boolean {
  return URL.canParse(text);
}
