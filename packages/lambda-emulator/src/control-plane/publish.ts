import type { ControlPlane } from "./control-plane.ts";
import type { FunctionRecord, VersionRecord } from "./function-record.ts";

/** How a version is published. */
export interface PublishOptions {
  /** Of the version; default that of `$LATEST`. */
  readonly description?: string | undefined;
  /** With a create or an update: when it takes effect. By itself a version is active at once, as captured. */
  readonly settlesAt?: number;
}

/**
 * Makes a version of what `$LATEST` is now. When nothing has changed since the last version, that one is the answer, and no
 * new one is made.
 */
export function published(
  plane: ControlPlane,
  record: FunctionRecord,
  { description, settlesAt }: PublishOptions = {},
): { readonly record: FunctionRecord; readonly version: VersionRecord } {
  const contents = JSON.stringify([record.latest.artifact.sha256, record.latest.settings]);
  const last = record.lastPublished?.contents === contents && record.versions.get(record.lastPublished.version);
  if (last) return { record, version: last };

  const number = record.lastNumber + 1;
  const { latest } = record;
  const version: VersionRecord = {
    ...latest,
    version: String(number),
    settings: { ...latest.settings, ...(description !== undefined && { description }) },
    ...plane.changed("published", settlesAt ?? plane.now()),
    modifiedAt: latest.modifiedAt,
  };
  // Captured: to publish is a revision of `$LATEST`, too.
  const settled = plane.uuid();
  const next: FunctionRecord = {
    ...record,
    latest: settlesAt === undefined ? { ...latest, revisionIds: [latest.revisionIds[0], settled] } : latest,
    versions: new Map([...record.versions, [version.version, version]]),
    lastNumber: number,
    lastPublished: { version: version.version, contents },
  };
  return { record: next, version };
}
