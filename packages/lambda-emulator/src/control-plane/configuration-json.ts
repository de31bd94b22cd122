import { createHash } from "node:crypto";
import type { Place } from "../function-name.ts";
import { functionArn, partitionOf } from "../function-name.ts";
import type { AliasRecord, FunctionRecord, VersionRecord } from "./function-record.ts";
import { isSettling, revisionId } from "./function-record.ts";
import type { FunctionSettings } from "./function-settings.ts";

/** How a version is asked for. */
export interface ShownVersion {
  readonly place: Place;
  readonly name: string;
  /** In the ARN; absent for an unqualified one. */
  readonly qualifier?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** `FunctionConfiguration`, its members in the order of the model. */
export function configurationJson(version: VersionRecord, shown: ShownVersion): object {
  const { settings } = version;
  const { place, now } = shown;
  return {
    ...identity(version, shown),
    ...stateMembers(version, now),
    ...rest(settings),
    ...(settings.runtime !== undefined && {
      RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(place, settings.runtime) },
    }),
    LoggingConfig: settings.logging,
  };
}

/** An item of ListFunctions and ListVersionsByFunction: no state, as captured. */
export function listedJson(version: VersionRecord, shown: ShownVersion): object {
  return { ...identity(version, shown), ...rest(version.settings), LoggingConfig: version.settings.logging };
}

function identity(version: VersionRecord, { place, name, qualifier, now }: ShownVersion): object {
  const { settings, artifact } = version;
  const { runtime, handler, environment, kept, layers } = settings;
  const { VpcConfig, DeadLetterConfig, KMSKeyArn } = kept;
  return {
    FunctionName: name,
    FunctionArn: functionArn(place, { name, ...(qualifier !== undefined && { qualifier }) }),
    ...(runtime !== undefined && { Runtime: runtime }),
    Role: settings.role,
    ...(handler !== undefined && { Handler: handler }),
    CodeSize: artifact.size,
    Description: settings.description,
    // A whole number on the wire, though a test's own function may have a fraction.
    Timeout: Math.ceil(settings.timeout),
    MemorySize: settings.memorySize,
    LastModified: new Date(version.modifiedAt).toISOString().replace("Z", "+0000"),
    CodeSha256: artifact.sha256,
    Version: version.version,
    ...(VpcConfig !== undefined && { VpcConfig: { ...(VpcConfig as object), VpcId: "" } }),
    ...(DeadLetterConfig !== undefined && { DeadLetterConfig }),
    ...(environment && { Environment: { Variables: environment } }),
    ...(KMSKeyArn !== undefined && { KMSKeyArn }),
    TracingConfig: { Mode: settings.tracingMode },
    RevisionId: revisionId(version, now),
    ...(layers && layers.length > 0 && { Layers: layers.map((Arn) => ({ Arn, CodeSize: 0 })) }),
  };
}

function rest({ kept, packageType, architectures, ephemeralStorage, snapStart }: FunctionSettings): object {
  const { FileSystemConfigs, ImageConfig, TenancyConfig } = kept;
  return {
    ...(FileSystemConfigs !== undefined && { FileSystemConfigs }),
    PackageType: packageType,
    ...(ImageConfig !== undefined && { ImageConfigResponse: { ImageConfig } }),
    Architectures: architectures,
    EphemeralStorage: { Size: ephemeralStorage },
    SnapStart: { ApplyOn: snapStart, OptimizationStatus: "Off" },
    ...(TenancyConfig !== undefined && { TenancyConfig }),
  };
}

/** State and last update. The service says "created" of both. */
function stateMembers(version: VersionRecord, now: number): object {
  const reason = "The function is being created.";
  if (!isSettling(version, now)) return { State: "Active", LastUpdateStatus: "Successful" };
  if (version.change !== "updated") return { State: "Pending", StateReason: reason, StateReasonCode: "Creating" };
  return {
    State: "Active",
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReason: reason,
    LastUpdateStatusReasonCode: "Creating",
  };
}

/** The same for all functions of a runtime. */
function runtimeVersionArn({ region }: Place, runtime: string): string {
  const id = createHash("sha256").update(runtime).digest("hex");
  return `arn:${partitionOf(region)}:lambda:${region}::runtime:${id}`;
}

/** `FunctionCodeLocation` of GetFunction. The address looks like that of the service; nothing is there. */
export function codeJson({ artifact }: VersionRecord, { place, name }: ShownVersion): object {
  if (artifact.imageUri !== undefined) {
    const repository = artifact.imageUri.replace(/[:@][^/]*$/, "");
    return {
      RepositoryType: "ECR",
      ImageUri: artifact.imageUri,
      ResolvedImageUri: `${repository}@sha256:${artifact.sha256}`,
    };
  }
  const host = `awslambda-${place.region}-tasks.s3.${place.region}.amazonaws.com`;
  const id = Buffer.from(artifact.sha256, "base64").toString("hex");
  return { RepositoryType: "S3", Location: `https://${host}/snapshots/${place.accountId}/${name}-${id}` };
}

/** `AliasConfiguration`. */
export function aliasJson(place: Place, { name }: Pick<FunctionRecord, "name">, alias: AliasRecord): object {
  return {
    AliasArn: functionArn(place, { name, qualifier: alias.name }),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    ...(alias.weights && { RoutingConfig: { AdditionalVersionWeights: alias.weights } }),
    RevisionId: alias.revisionId,
  };
}
