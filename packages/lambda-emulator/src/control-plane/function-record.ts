import type { FunctionCode, FunctionEntry } from "../functions.ts";
import type { CodeArtifact } from "./code-artifact.ts";
import type { FunctionSettings } from "./function-settings.ts";
import type { Policy } from "./policy.ts";

/** One version of a function, `$LATEST` among them. Never changed in place. */
export interface VersionRecord {
  /** `$LATEST` or digits. */
  readonly version: string;
  readonly code: FunctionCode;
  readonly artifact: CodeArtifact;
  readonly settings: FunctionSettings;
  /** What happened last, at `modifiedAt`. It takes effect at `settledAt`: the state says so until then. */
  readonly change: "created" | "updated" | "published";
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly settledAt: number;
  /** `RevisionId` before and after `settledAt`: captures show that settling is a revision of its own. */
  readonly revisionIds: readonly [changing: string, settled: string];
}

/** An alias. */
export interface AliasRecord {
  readonly name: string;
  /** `$LATEST` or digits. */
  readonly version: string;
  readonly description: string;
  /** `AdditionalVersionWeights`: at most one other version, and how often it is chosen, 0 to 1. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly revisionId: string;
}

/** A function as the control plane knows it. Never changed in place. */
export interface FunctionRecord {
  readonly name: string;
  readonly latest: VersionRecord;
  /** Published versions, the oldest first. */
  readonly versions: ReadonlyMap<string, VersionRecord>;
  /** The last number given to a version. Numbers are not given again. */
  readonly lastNumber: number;
  /** What the last version was made of, to see whether there is anything new to publish. */
  readonly lastPublished?: { readonly version: string; readonly contents: string };
  readonly aliases: ReadonlyMap<string, AliasRecord>;
  /** Resource policies: of the function under `""`, of a version or alias under its name. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly concurrency?: number;
  /** What only a test author can set: content type, throttling, faults. */
  readonly behaviour: Pick<FunctionEntry, "contentType" | "throttle" | "faults">;
}

/** True until the last change has taken effect. */
export function isSettling({ settledAt }: VersionRecord, now: number): boolean {
  return now < settledAt;
}

export function revisionId(version: VersionRecord, now: number): string {
  return version.revisionIds[isSettling(version, now) ? 0 : 1];
}

/** What running the function needs of it. */
export function entryOf(record: FunctionRecord): FunctionEntry {
  const { name, latest, versions, aliases, concurrency, behaviour } = record;
  const weighted = [...aliases.values()].flatMap((alias) =>
    Object.entries(alias.weights ?? {}).map(([version, weight]) => [alias.name, { version, weight }] as const),
  );
  return {
    ...behaviour,
    name,
    code: latest.code,
    versions: new Map([...versions].map(([version, { code }]) => [version, code])),
    aliases: new Map([...aliases].map(([alias, { version }]) => [alias, version])),
    weights: new Map(weighted),
    timeout: latest.settings.timeout,
    memorySize: latest.settings.memorySize,
    published: new Map([...versions].map(([version, { settings }]) => [version, settings])),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(latest.change === "created" ? { activeAt: latest.settledAt } : {}),
  };
}
