import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import type { OperationParameters, Route } from "../emulator-context.ts";
import { functionArn, resolveReference } from "../function-name.ts";
import { jsonReply, noContent } from "../json-reply.ts";
import { invalidParameterValue, resourceConflict, resourceNotFound } from "../lambda-error.ts";
import { readMembers } from "../request-members.ts";
import { Violations } from "../validation.ts";
import { readArtifact } from "./code-artifact.ts";
import { codeJson, configurationJson, listedJson } from "./configuration-json.ts";
import type { ControlPlane, Target } from "./control-plane.ts";
import { checkFunctionName } from "./control-plane.ts";
import type { FunctionRecord, VersionRecord } from "./function-record.ts";
import type { FunctionSettings } from "./function-settings.ts";
import { checkArchitectures, checkSettings, defaultSettings, merged, readSettings } from "./function-settings.ts";
import { codeOf } from "./load-code.ts";
import { pageOf, readPaging, versionKey } from "./pages.ts";
import { published } from "./publish.ts";

const all = /^\/2015-03-31\/functions\/?$/;
const one = /^\/2015-03-31\/functions\/([^/]+)\/?$/;
const configuration = /^\/2015-03-31\/functions\/([^/]+)\/configuration\/?$/;
const code = /^\/2015-03-31\/functions\/([^/]+)\/code\/?$/;

/** The operations on functions themselves. */
export function functionRoutes(plane: ControlPlane): readonly Route[] {
  const operations = new FunctionOperations(plane);
  return [
    { method: "POST", path: all, operation: (...call) => operations.create(...call) },
    { method: "GET", path: all, operation: async (...call) => operations.list(...call) },
    { method: "GET", path: one, operation: async (...call) => operations.get(...call) },
    { method: "DELETE", path: one, operation: async (...call) => operations.delete(...call) },
    { method: "GET", path: configuration, operation: async (...call) => operations.getConfiguration(...call) },
    { method: "PUT", path: configuration, operation: (...call) => operations.updateConfiguration(...call) },
    { method: "PUT", path: code, operation: (...call) => operations.updateCode(...call) },
  ];
}

class FunctionOperations {
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /** `CreateFunction`: 201. The function is `Pending` for some time. */
  async create(request: ServiceRequest, { requestId }: OperationParameters): Promise<Reply> {
    const plane = this.#plane;
    const body = readMembers(request.body);
    const functionName = body.text("FunctionName");
    const violations = new Violations();
    const changes = readSettings(body, violations);
    const source = body.structure("Code");
    violations.required("role", changes.role);
    violations.required("code", source);
    violations.required("functionName", functionName);
    checkFunctionName(violations, functionName);
    violations.throwIfAny();
    const place = { region: plane.context.region(request), accountId: plane.context.accountId };
    const { name } = resolveReference(functionName!, undefined, place);
    checkLength(name);

    const settings: FunctionSettings = merged({ ...defaultSettings(name), role: changes.role! }, changes);
    checkSettings(settings);
    const artifact = readArtifact(source!, settings.packageType, "creating");
    this.#requireNew(name);
    const loaded = await codeOf(plane.context.loadCode, name, artifact, settings);
    // Another request may have been faster.
    this.#requireNew(name);
    const tags = body.texted("Tags");
    const settlesAt = plane.settlesAt();
    const record: FunctionRecord = {
      name,
      latest: { version: "$LATEST", code: loaded, artifact, settings, ...plane.changed("created", settlesAt) },
      versions: new Map(),
      lastNumber: 0,
      aliases: new Map(),
      policies: new Map(),
      ...(tags && Object.keys(tags).length > 0 && { tags }),
      behaviour: {},
    };
    const isPublished = body.boolean("Publish") === true;
    const made = isPublished ? published(plane, record, { settlesAt }) : { record, version: record.latest };
    plane.records.save(made.record);
    // Captured: the ARN is that of the function even when the version is 1.
    return jsonReply(201, configurationJson(made.version, { place, name, now: plane.now() }), requestId);
  }

  /** `GetFunction`: 200. */
  get(request: ServiceRequest, call: OperationParameters): Reply {
    const target = this.#plane.qualifiedTarget(request, call);
    const record = this.#plane.function(target);
    const version = this.#plane.version(record, target);
    const shown = { ...target, now: this.#plane.now() };
    const { tags, concurrency } = record;
    return jsonReply(
      200,
      {
        Configuration: configurationJson(version, shown),
        Code: codeJson(version, shown),
        ...(tags && { Tags: tags }),
        ...(concurrency !== undefined && { Concurrency: { ReservedConcurrentExecutions: concurrency } }),
      },
      call.requestId,
    );
  }

  /** `GetFunctionConfiguration`: 200. */
  getConfiguration(request: ServiceRequest, call: OperationParameters): Reply {
    const target = this.#plane.qualifiedTarget(request, call);
    const version = this.#plane.version(this.#plane.function(target), target);
    return this.#configuration(version, target, call);
  }

  /** `ListFunctions`: 200. By name; with `FunctionVersion=ALL` every version of each. */
  list(request: ServiceRequest, { query, requestId }: OperationParameters): Reply {
    const plane = this.#plane;
    const violations = new Violations();
    const functionVersion = query.get("FunctionVersion") ?? undefined;
    violations.oneOf("functionVersion", functionVersion, ["ALL"]);
    const paging = readPaging(query, violations);
    violations.throwIfAny();
    const place = { region: plane.context.region(request), accountId: plane.context.accountId };
    const versions = plane.records
      .all()
      .flatMap(({ name, latest, versions: numbered }) =>
        [latest, ...(functionVersion === "ALL" ? numbered.values() : [])].map((version) => ({ name, version })),
      );
    const page = pageOf(versions, ({ name, version }) => `${name}:${versionKey(version.version)}`, paging);
    const items = page.items.map(({ name, version }) =>
      listedJson(version, {
        place,
        name,
        now: plane.now(),
        ...(functionVersion === "ALL" && { qualifier: version.version }),
      }),
    );
    return jsonReply(200, { Functions: items, ...(page.nextMarker && { NextMarker: page.nextMarker }) }, requestId);
  }

  /** `UpdateFunctionCode`: 200. */
  async updateCode(request: ServiceRequest, call: OperationParameters): Promise<Reply> {
    const plane = this.#plane;
    const body = readMembers(request.body);
    const violations = new Violations();
    const architectures = body.texts("Architectures");
    checkArchitectures(violations, architectures);
    const target = plane.unqualifiedTarget(request, call, violations);
    const before = plane.function(target);
    const settings = { ...before.latest.settings, ...(architectures && { architectures }) };
    const artifact = readArtifact(body, settings.packageType, "updating");
    const found = await codeOf(plane.context.loadCode, target.name, artifact, settings);

    const record = plane.function(target);
    plane.requireSettled(record, target);
    plane.requireRevision(record.latest, body.text("RevisionId"));
    const settlesAt = plane.settlesAt();
    const latest = { ...record.latest, settings, artifact, code: found, ...plane.changed("updated", settlesAt) };
    if (body.boolean("DryRun") === true) return this.#configuration(latest, target, call);
    if (body.boolean("Publish") !== true) {
      plane.records.save({ ...record, latest });
      return this.#configuration(latest, target, call);
    }
    const made = published(plane, { ...record, latest }, { settlesAt });
    plane.records.save(made.record);
    return this.#configuration(made.version, { ...target, qualifier: made.version.version }, call);
  }

  /** `UpdateFunctionConfiguration`: 200. Members left out keep their value. */
  async updateConfiguration(request: ServiceRequest, call: OperationParameters): Promise<Reply> {
    const plane = this.#plane;
    const body = readMembers(request.body);
    const violations = new Violations();
    const changes = readSettings(body, violations);
    const target = plane.unqualifiedTarget(request, call, violations);
    const before = plane.function(target);
    const settings = merged(before.latest.settings, changes);
    checkSettings(settings);
    const reload = needsReload(before.latest, settings);
    const found = reload
      ? await codeOf(plane.context.loadCode, target.name, before.latest.artifact, settings)
      : undefined;

    const record = plane.function(target);
    plane.requireSettled(record, target);
    plane.requireRevision(record.latest, body.text("RevisionId"));
    const latest: VersionRecord = {
      ...record.latest,
      settings,
      ...(reload && { code: found! }),
      ...plane.changed("updated", plane.settlesAt()),
    };
    plane.records.save({ ...record, latest });
    return this.#configuration(latest, target, call);
  }

  /** `DeleteFunction`: 204, though the model says 200. With a qualifier, one version. */
  delete(request: ServiceRequest, call: OperationParameters): Reply {
    const plane = this.#plane;
    const target = plane.qualifiedTarget(request, call);
    const { name, place, qualifier } = target;
    if (qualifier === "$LATEST") {
      throw invalidParameterValue("$LATEST version cannot be deleted without deleting the function.");
    }
    const record = plane.records.find(name);
    // Captured: without its qualifier, whatever was asked for.
    if (record === undefined) throw resourceNotFound(`Function not found: ${functionArn(place, { name })}`);
    if (qualifier === undefined) {
      plane.records.delete(name);
      plane.context.deleted(name);
      return noContent(call.requestId);
    }
    if (!/^\d+$/.test(qualifier)) throw invalidParameterValue("Deletion of aliases is not currently supported.");
    const users = [...record.aliases.values()].filter(
      (alias) => alias.version === qualifier || Object.hasOwn(alias.weights ?? {}, qualifier),
    );
    if (users.length > 0) {
      const names = users.map((alias) => alias.name).join(", ");
      throw resourceConflict(`Unable to delete version because the following aliases reference it: [${names}]`);
    }
    // A version that is not there is no error.
    plane.records.save({
      ...record,
      versions: new Map([...record.versions].filter(([version]) => version !== qualifier)),
      policies: new Map([...record.policies].filter(([owner]) => owner !== qualifier)),
    });
    return noContent(call.requestId);
  }

  #configuration(version: VersionRecord, target: Target, { requestId }: OperationParameters): Reply {
    return jsonReply(200, configurationJson(version, { ...target, now: this.#plane.now() }), requestId);
  }

  #requireNew(name: string): void {
    if (this.#plane.records.find(name)) throw resourceConflict(`Function already exist: ${name}`);
  }
}

/** Captured: of this one limit the service says in other words, and under another type. */
function checkLength(name: string): void {
  if (name.length <= 64) return;
  throw invalidParameterValue(
    `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  );
}

/** True when a loader would see a difference. A function of the test's own has no code to be loaded. */
function needsReload({ artifact, settings: old }: VersionRecord, settings: FunctionSettings): boolean {
  if (!(artifact.zip ?? artifact.s3 ?? artifact.imageUri)) return false;
  return seenByLoader(old) !== seenByLoader(settings);
}

function seenByLoader({ runtime, handler, environment }: FunctionSettings): string {
  return JSON.stringify([runtime, handler, environment]);
}
