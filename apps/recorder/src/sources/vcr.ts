import type { HeaderLine } from "@eventstream-kit/service";
import { parse, type ScalarTag } from "yaml";
import { messageOf } from "../errors.ts";
import { base64Bytes, type ImportedCall, type ReadCall } from "./imported.ts";
import { latinBytes } from "./latin-bytes.ts";
import { malformed } from "./source.ts";

// What vcrpy writes (https://vcrpy.readthedocs.io), as YAML or as JSON: `interactions`, each with `request` and `response`.
// Only data is read: tags that name Python objects, which vcrpy's own loader would have made, mean nothing here.

type Members = Readonly<Record<string, unknown>>;

/** `!!binary`: base64, line breaks and all. */
const binary: ScalarTag = {
  tag: "tag:yaml.org,2002:binary",
  resolve: (text, onError) => base64Bytes(text) ?? onError("it is no base64"),
};

/** The calls of a cassette of vcrpy, in their order. Throws `integrity` for what is none, also when a call is read. */
export function callsOfVcr(text: string): readonly ReadCall[] {
  let value: unknown;
  try {
    value = parse(text, { customTags: [binary], logLevel: "error", maxAliasCount: 100 });
  } catch (cause) {
    throw malformed("a vcrpy cassette", `it is not YAML: ${messageOf(cause)}`, cause);
  }
  const { interactions } = membersOf(value, "the file");
  if (!Array.isArray(interactions)) throw malformed("a vcrpy cassette", "interactions is no list");
  return interactions.map((interaction, index) => () => callOf(interaction, `interactions[${index}]`));
}

function callOf(value: unknown, at: string): ImportedCall {
  const interaction = membersOf(value, at);
  const request = membersOf(interaction["request"], `${at}.request`);
  const response = membersOf(interaction["response"], `${at}.response`);
  const { status } = response;
  const code = typeof status === "object" && status !== null ? (status as Members)["code"] : status;
  const recordedAt = interaction["recorded_at"];
  return {
    method: textOf(request["method"], `${at}.request.method`),
    target: textOf(request["uri"] ?? request["url"], `${at}.request.uri`),
    requestHeaders: headersOf(request["headers"]),
    requestBody: bodyOf(request["body"], `${at}.request.body`),
    status: typeof code === "number" ? code : 0,
    responseHeaders: headersOf(response["headers"]),
    body: bodyOf(response["body"], `${at}.response.body`),
    ...(typeof recordedAt === "string" ? { recordedAt } : {}),
  };
}

/** Text, bytes, or `{ string }` and `{ base64_string }` around them. */
function bodyOf(value: unknown, at: string): Uint8Array {
  if (value === undefined || value === null) return new Uint8Array();
  if (typeof value === "string") return latinBytes(value);
  if (value instanceof Uint8Array) return value;
  const { string, base64_string: base64 } = membersOf(value, at);
  if (typeof base64 === "string") {
    const bytes = base64Bytes(base64);
    if (bytes === undefined) throw malformed("a vcrpy cassette", `${at}.base64_string is no base64`);
    return bytes;
  }
  return bodyOf(string, `${at}.string`);
}

/** Name to value or values, each text or bytes: botocore gives header values as bytes. */
function headersOf(value: unknown): HeaderLine[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, values]) =>
    [values].flat().map((one): HeaderLine => [name, one instanceof Uint8Array ? asText(one) : String(one)]),
  );
}

function membersOf(value: unknown, at: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  throw malformed("a vcrpy cassette", `${at} is no object`);
}

function textOf(value: unknown, at: string): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return asText(value);
  throw malformed("a vcrpy cassette", `${at} is no string`);
}

function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
