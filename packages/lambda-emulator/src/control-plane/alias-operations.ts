import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import type { OperationParameters, Route } from "../emulator-context.ts";
import { functionArn } from "../function-name.ts";
import { jsonReply, noContent } from "../json-reply.ts";
import { invalidParameterValue, resourceConflict, resourceNotFound } from "../lambda-error.ts";
import type { Members } from "../request-members.ts";
import { readMembers } from "../request-members.ts";
import type { MemberPattern } from "../validation.ts";
import { Violations } from "../validation.ts";
import { aliasJson } from "./configuration-json.ts";
import type { ControlPlane, Target } from "./control-plane.ts";
import { wrongRevision } from "./control-plane.ts";
import type { AliasRecord, FunctionRecord } from "./function-record.ts";
import { pageOf, readPaging } from "./pages.ts";

const all = /^\/2015-03-31\/functions\/([^/]+)\/aliases\/?$/;
const one = /^\/2015-03-31\/functions\/([^/]+)\/aliases\/([^/]+)\/?$/;
const namePattern: MemberPattern = { pattern: /^(?!^[0-9]+$)([a-zA-Z0-9-_]+)$/, text: "(?!^[0-9]+$)([a-zA-Z0-9-_]+)" };
const versionPattern: MemberPattern = { pattern: /^(\$LATEST|[0-9]+)$/, text: String.raw`(\$LATEST|[0-9]+)` };

/** The operations on aliases. */
export function aliasRoutes(plane: ControlPlane): readonly Route[] {
  const operations = new AliasOperations(plane);
  return [
    { method: "POST", path: all, operation: async (...call) => operations.create(...call) },
    { method: "GET", path: all, operation: async (...call) => operations.list(...call) },
    { method: "GET", path: one, operation: async (...call) => operations.get(...call) },
    { method: "PUT", path: one, operation: async (...call) => operations.update(...call) },
    { method: "DELETE", path: one, operation: async (...call) => operations.delete(...call) },
  ];
}

class AliasOperations {
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /** `CreateAlias`: 201. */
  create(request: ServiceRequest, call: OperationParameters): Reply {
    const body = readMembers(request.body);
    const violations = new Violations();
    const name = body.text("Name");
    const settings = readAlias(body, violations);
    violations.required("functionVersion", settings.version);
    violations.required("name", name);
    checkName(violations, name);
    const target = this.#plane.unqualifiedTarget(request, call, violations);
    const { description = "", version = "", weights } = settings;
    const record = this.#withVersion(target, version);
    checkWeights(record, target, version, weights);
    if (record.aliases.has(name!)) {
      throw resourceConflict(
        `Alias already exists: ${functionArn(target.place, { name: target.name, qualifier: name! })}`,
      );
    }
    return this.#saved(
      record,
      target,
      { name: name!, version, description, ...(weights && { weights }), revisionId: this.#plane.uuid() },
      201,
      call,
    );
  }

  /** `GetAlias`: 200. */
  get(request: ServiceRequest, call: OperationParameters): Reply {
    const { target, name } = this.#named(request, call);
    const record = this.#plane.records.find(target.name);
    const alias = record?.aliases.get(name);
    if (record === undefined || alias === undefined) {
      const arn = functionArn(target.place, { name: target.name, qualifier: name });
      throw resourceNotFound(`Cannot find alias arn: ${arn}`);
    }
    return jsonReply(200, aliasJson(target.place, record, alias), call.requestId);
  }

  /** `UpdateAlias`: 200. Members left out keep their value; empty weights are none. */
  update(request: ServiceRequest, call: OperationParameters): Reply {
    const body = readMembers(request.body);
    const violations = new Violations();
    const changes = readAlias(body, violations);
    const { target, name } = this.#named(request, call, violations);
    const found = this.#plane.records.find(target.name);
    const old = found?.aliases.get(name);
    if (old === undefined) {
      const arn = functionArn(target.place, { name: target.name, qualifier: name });
      throw resourceNotFound(`Alias not found: ${arn}`);
    }
    const expected = body.text("RevisionId");
    if (expected !== undefined && expected !== old.revisionId) throw wrongRevision("GetFunction/GetAlias");
    const { weights: oldWeights, ...rest } = old;
    const version = changes.version ?? old.version;
    const weights = changes.hasWeights ? changes.weights : oldWeights;
    const record = this.#withVersion(target, version);
    checkWeights(record, target, version, weights);
    const alias: AliasRecord = {
      ...rest,
      version,
      description: changes.description ?? old.description,
      ...(weights && { weights }),
      revisionId: this.#plane.uuid(),
    };
    return this.#saved(record, target, alias, 200, call);
  }

  /** `DeleteAlias`: 204, also when there is none. */
  delete(request: ServiceRequest, call: OperationParameters): Reply {
    const { target, name } = this.#named(request, call);
    const record = this.#plane.records.find(target.name);
    if (record?.aliases.has(name)) {
      this.#plane.records.save({
        ...record,
        aliases: new Map([...record.aliases].filter(([other]) => other !== name)),
        policies: new Map([...record.policies].filter(([owner]) => owner !== name)),
      });
    }
    return noContent(call.requestId);
  }

  /** `ListAliases`: 200. By name; those of one version with `FunctionVersion`. */
  list(request: ServiceRequest, call: OperationParameters): Reply {
    const violations = new Violations();
    const version = call.query.get("FunctionVersion") ?? undefined;
    violations.pattern("functionVersion", version, versionPattern);
    const paging = readPaging(call.query, violations);
    const target = this.#plane.unqualifiedTarget(request, call, violations);
    const record = this.#plane.function(target);
    const aliases = [...record.aliases.values()]
      .filter((alias) => version === undefined || alias.version === version)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = pageOf(aliases, ({ name }) => name, paging);
    const items = page.items.map((alias) => aliasJson(target.place, record, alias));
    return jsonReply(200, { Aliases: items, ...(page.nextMarker && { NextMarker: page.nextMarker }) }, call.requestId);
  }

  #named(
    request: ServiceRequest,
    call: OperationParameters,
    violations = new Violations(),
  ): { readonly target: Target; readonly name: string } {
    checkName(violations, call.subresource);
    return { target: this.#plane.unqualifiedTarget(request, call, violations), name: call.subresource };
  }

  /** The function, which must have the version. */
  #withVersion(target: Target, version: string): FunctionRecord {
    const record = this.#plane.records.find(target.name);
    requireVersion(record, target, version);
    return record!;
  }

  #saved(record: FunctionRecord, target: Target, alias: AliasRecord, status: number, call: OperationParameters): Reply {
    this.#plane.records.save({ ...record, aliases: new Map([...record.aliases, [alias.name, alias]]) });
    return jsonReply(status, aliasJson(target.place, record, alias), call.requestId);
  }
}

interface AliasChanges {
  readonly description?: string | undefined;
  readonly version?: string | undefined;
  /** Absent when there are none. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** The request says something of weights. */
  readonly hasWeights: boolean;
}

function readAlias(body: Members, violations: Violations): AliasChanges {
  const description = body.text("Description");
  const version = body.text("FunctionVersion");
  const routing = body.structure("RoutingConfig");
  const weights = routing?.numbered("AdditionalVersionWeights") ?? {};
  const entries = Object.entries(weights);
  const path = "routingConfig.additionalVersionWeights";
  const shown = `{${entries.map(([name, weight]) => `${name}=${javaDouble(weight)}`).join(", ")}}`;
  if (entries.some(([name]) => !/^[0-9]{1,1024}$/.test(name))) {
    violations.add(
      path,
      shown,
      "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
    );
  }
  if (entries.some(([, weight]) => weight < 0 || weight > 1)) {
    violations.add(
      path,
      shown,
      "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
    );
  }
  violations.length("description", description, { max: 256 });
  violations.length("functionVersion", version, { min: 1, max: 1024 });
  violations.pattern("functionVersion", version, versionPattern);
  return { description, version, ...(entries.length > 0 && { weights }), hasWeights: routing !== undefined };
}

/** A number as Java prints it. */
function javaDouble(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function checkName(violations: Violations, name: string | undefined): void {
  violations.length("name", name, { min: 1, max: 128 });
  violations.pattern("name", name, namePattern);
}

/** @throws {LambdaError} `InvalidParameterValueException` or `ResourceNotFoundException` */
function checkWeights(
  record: FunctionRecord,
  target: Target,
  version: string,
  weights: Readonly<Record<string, number>> = {},
): void {
  const others = Object.keys(weights);
  if (others.length === 0) return;
  if (others.length > 1) {
    throw invalidParameterValue("Number of items in AdditionalVersionWeights cannot be greater than 1");
  }
  if (version === "$LATEST") {
    throw invalidParameterValue("$LATEST is not supported for an alias pointing to more than 1 version");
  }
  if (others[0] === version) {
    throw invalidParameterValue(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    );
  }
  requireVersion(record, target, others[0]!);
}

/** A version or `$LATEST`; a missing function is said with it, as captured. */
function requireVersion(record: FunctionRecord | undefined, { place, name }: Target, version: string): void {
  if (record !== undefined && (version === "$LATEST" || record.versions.has(version))) return;
  throw resourceNotFound(`Function not found: ${functionArn(place, { name, qualifier: version })}`);
}
