import { exitCodes } from "../exit-codes.ts";

/** What `check` can complain about. The list is closed. */
export type CheckName =
  /** A line that is not what the format demands. */
  | "schema"
  /** Size, hash or chunks that are not those of the frames. */
  | "integrity"
  /** A checksum about which the second implementation of CRC-32 is of another opinion. */
  | "crc"
  /** Something that looks like a secret, or is one of the environment's credentials. */
  | "secret"
  /** Recorded longer ago than `--max-age`. */
  | "stale"
  /** Nothing asked for it while the reports of `--used` were written. */
  | "unused"
  /** A file that belongs to no cassette. */
  | "orphan";

export interface Finding {
  readonly check: CheckName;
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly exchange?: number;
  /** Never shows a secret. */
  readonly message: string;
  /** Removed by `--fix`. */
  readonly fixed?: true;
}

const codes: Record<CheckName, number> = {
  schema: exitCodes.integrity,
  integrity: exitCodes.integrity,
  crc: exitCodes.integrity,
  secret: exitCodes.secret,
  stale: exitCodes.found,
  unused: exitCodes.found,
  orphan: exitCodes.found,
};

/** The worst of what is left decides: a secret, then damage, then the rest. */
export function exitCodeFor(findings: readonly Finding[]): number {
  const left = findings.filter(({ fixed }) => !fixed);
  return left.reduce<number>((worst, { check }) => Math.max(worst, codes[check]), exitCodes.success);
}
