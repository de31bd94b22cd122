import { createHash } from "node:crypto";
import {
  assertNoSecretsInExchange,
  CassetteError,
  parseCassette,
  type Cassette,
  type Exchange,
} from "@eventstream-kit/cassette";
import { payloadFiles } from "@eventstream-kit/cassette/node";
import type { Finding } from "./finding.ts";
import { knownSecrets } from "./known-secrets.ts";
import { checksumProblem } from "./second-opinion.ts";

export interface CheckOptions {
  /** Values that must not be there: credentials of the environment. */
  readonly secrets: readonly string[];
  /** Recordings from before are stale. */
  readonly oldest?: Date;
}

export interface CheckedCassette {
  /** Undefined when it cannot be read. */
  readonly cassette?: Cassette;
  readonly findings: readonly Finding[];
}

/** Everything that can be said about a cassette from its text. */
export function checkCassette(file: string, text: string, options: CheckOptions): CheckedCassette {
  const inText = secretsInText(file, text);
  try {
    const cassette = parseCassette(text, { sha256: () => createHash("sha256"), readFile: payloadFiles(file) });
    const findings = cassette.exchanges.flatMap((exchange, index) => checkExchange(file, index + 1, exchange, options));
    return { cassette, findings: [...inText, ...findings.filter((finding) => !isTold(finding, inText))] };
  } catch (error) {
    if (!(error instanceof CassetteError)) throw error;
    const check = error.code === "integrity" ? "integrity" : "schema";
    const line = error.line === undefined ? {} : { line: error.line };
    return { findings: [...inText, { check, file, ...line, message: error.message }] };
  }
}

/** Secrets that nothing hides have their line already. */
function isTold({ check, message }: Finding, told: readonly Finding[]): boolean {
  return check === "secret" && told.some((finding) => finding.message === message);
}

function secretsInText(file: string, text: string): Finding[] {
  return knownSecrets(text).map(({ rule, index }) => {
    const finding = { check: "secret", file, message: `it has what looks like a secret: ${rule}` } as const;
    return index === undefined ? finding : Object.assign(finding, { line: text.slice(0, index).split("\n").length });
  });
}

function checkExchange(file: string, number: number, exchange: Exchange, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  const add = (check: Finding["check"], message: string) => findings.push({ check, file, exchange: number, message });

  for (const [index, item] of exchange.items.entries()) {
    const problem = checksumProblem(item);
    if (problem !== undefined) add("crc", `item ${index + 1}: ${problem}, says @aws-crypto/crc32`);
  }

  // One after the other, where a secret is whole that a frame boundary cuts in two.
  const payloads = exchange.items.map((item) => (item.kind === "frame" ? item.message.payload : item.bytes));
  for (const { rule } of knownSecrets(Buffer.concat(payloads).toString("latin1"))) {
    add("secret", `it has what looks like a secret: ${rule}`);
  }
  try {
    assertNoSecretsInExchange(exchange, options.secrets);
  } catch (error) {
    if (!(error instanceof CassetteError)) throw error;
    if (error.code === "secret") add("secret", "it has one of the credentials of this environment");
    else add("schema", error.message);
  }

  const recordedAt = exchange.meta?.["recordedAt"];
  if (options.oldest && typeof recordedAt === "string" && Date.parse(recordedAt) < options.oldest.getTime()) {
    add("stale", `it was recorded at ${recordedAt}, before ${options.oldest.toISOString()}`);
  }
  return findings;
}
