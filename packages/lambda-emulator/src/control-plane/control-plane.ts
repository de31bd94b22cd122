import type { ServiceRequest } from "@eventstream-kit/service";
import type { EmulatorContext, OperationParameters } from "../emulator-context.ts";
import type { Place } from "../function-name.ts";
import { functionArn, invokeName, invokeQualifier, resolveReference } from "../function-name.ts";
import { LambdaError, invalidParameterValue, resourceConflict, resourceNotFound } from "../lambda-error.ts";
import type { MemberPattern } from "../validation.ts";
import { Violations } from "../validation.ts";
import type { FunctionRecord, VersionRecord } from "./function-record.ts";
import { isSettling, revisionId } from "./function-record.ts";
import { FunctionRecords } from "./function-records.ts";

/** `FunctionName` of the operations that are about a function as a whole: length 1 to 140. */
export const functionNamePattern: MemberPattern = {
  pattern:
    /^(?:(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)$/,
  text: String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`,
};

/** What a request is about. */
export interface Target {
  readonly place: Place;
  readonly name: string;
  readonly qualifier?: string;
  /** Ends in the qualifier when there is one. */
  readonly arn: string;
}

/** What all operations of the control plane share. */
export class ControlPlane {
  readonly context: EmulatorContext;
  readonly records: FunctionRecords;

  constructor(context: EmulatorContext) {
    this.context = context;
    this.records = new FunctionRecords({
      functions: context.functions,
      accountId: context.accountId,
      now: context.now,
      uuid: () => context.requestId(),
    });
  }

  now(): number {
    return this.context.now();
  }

  uuid(): string {
    return this.context.requestId();
  }

  /** When a change that begins now has taken effect. */
  settlesAt(): number {
    return this.now() + this.context.limits.functionPendingMs;
  }

  /** Of a version whose state changes now. */
  changed(
    change: VersionRecord["change"],
    settledAt: number,
  ): Pick<VersionRecord, "change" | "modifiedAt" | "settledAt" | "revisionIds"> {
    const id = this.uuid();
    const modifiedAt = this.now();
    return { change, modifiedAt, settledAt, revisionIds: settledAt > modifiedAt ? [id, this.uuid()] : [id, id] };
  }

  /** A function with an optional version or alias; the shape must have been checked. */
  target(request: ServiceRequest, { functionName, query }: OperationParameters): Target {
    const place = { region: this.context.region(request), accountId: this.context.accountId };
    const reference = resolveReference(functionName, query.get("Qualifier") ?? undefined, place);
    return { place, ...reference, arn: functionArn(place, reference) };
  }

  /** Shape and place of a target that may be qualified. */
  qualifiedTarget(request: ServiceRequest, call: OperationParameters, violations = new Violations()): Target {
    const qualifier = call.query.get("Qualifier") ?? undefined;
    violations.length("qualifier", qualifier, { min: 1, max: 128 });
    violations.pattern("qualifier", qualifier, invokeQualifier);
    violations.length("functionName", call.functionName, { min: 1, max: 256 });
    violations.pattern("functionName", call.functionName, invokeName);
    violations.throwIfAny();
    return this.target(request, call);
  }

  /**
   * Shape and place of a target that is a function as a whole.
   *
   * @param violations of the rest of the request, to be reported together with those of the name
   */
  unqualifiedTarget(request: ServiceRequest, call: OperationParameters, violations = new Violations()): Target {
    checkFunctionName(violations, call.functionName);
    violations.throwIfAny();
    const target = this.target(request, { ...call, query: new URLSearchParams() });
    if (target.qualifier === undefined) return target;
    throw invalidParameterValue(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    );
  }

  /** @throws {LambdaError} `ResourceNotFoundException` */
  function({ name, arn }: Target): FunctionRecord {
    const record = this.records.find(name);
    if (record === undefined) throw resourceNotFound(`Function not found: ${arn}`);
    return record;
  }

  /** The version that a target names, `$LATEST` if none. */
  version(record: FunctionRecord, { qualifier, arn }: Pick<Target, "qualifier" | "arn">): VersionRecord {
    const version = findVersion(record, qualifier);
    if (version === undefined) throw resourceNotFound(`Function not found: ${arn}`);
    return version;
  }

  /** @throws {LambdaError} `ResourceConflictException` while an earlier change has not taken effect */
  requireSettled({ latest }: FunctionRecord, { place, name }: Target): void {
    if (!isSettling(latest, this.now())) return;
    const reason =
      latest.change === "created"
        ? "The function is currently in the following state: Pending"
        : `An update is in progress for resource: ${functionArn(place, { name })}`;
    throw resourceConflict(`The operation cannot be performed at this time. ${reason}`);
  }

  /** @throws {LambdaError} `PreconditionFailedException` when the caller has seen another revision */
  requireRevision(version: VersionRecord, expected: string | undefined): void {
    if (expected !== undefined && expected !== revisionId(version, this.now()))
      throw wrongRevision("GetFunction/GetAlias");
  }
}

export function checkFunctionName(violations: Violations, functionName: string | undefined): void {
  violations.length("functionName", functionName, { min: 1, max: 140 });
  violations.pattern("functionName", functionName, functionNamePattern);
}

/** What a qualifier stands for; for an alias the version it points to, weights aside. */
export function findVersion(record: FunctionRecord, qualifier: string | undefined): VersionRecord | undefined {
  if (qualifier === undefined || qualifier === "$LATEST") return record.latest;
  const version = record.versions.get(qualifier);
  if (version !== undefined) return version;
  const alias = record.aliases.get(qualifier);
  return alias && findVersion(record, alias.version);
}

/** 412. */
export function wrongRevision(api: string): LambdaError {
  return new LambdaError({
    status: 412,
    type: "PreconditionFailedException",
    message: `The Revision Id provided does not match the latest Revision Id. Call the ${api} API to retrieve the latest Revision Id`,
    messageKey: "message",
  });
}
