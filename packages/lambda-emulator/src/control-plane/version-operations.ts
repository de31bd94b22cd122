import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import type { OperationParameters, Route } from "../emulator-context.ts";
import { jsonReply } from "../json-reply.ts";
import { invalidParameterValue } from "../lambda-error.ts";
import { readMembers } from "../request-members.ts";
import { Violations } from "../validation.ts";
import { configurationJson, listedJson } from "./configuration-json.ts";
import type { ControlPlane } from "./control-plane.ts";
import { pageOf, readPaging, versionKey } from "./pages.ts";
import { published } from "./publish.ts";

const path = /^\/2015-03-31\/functions\/([^/]+)\/versions\/?$/;

/** The operations on versions. */
export function versionRoutes(plane: ControlPlane): readonly Route[] {
  return [
    { method: "POST", path, operation: async (...call) => publishVersion(plane, ...call) },
    { method: "GET", path, operation: async (...call) => listVersions(plane, ...call) },
  ];
}

/** `PublishVersion`: 201. */
function publishVersion(plane: ControlPlane, request: ServiceRequest, call: OperationParameters): Reply {
  const body = readMembers(request.body);
  const violations = new Violations();
  const description = body.text("Description");
  violations.length("description", description, { max: 256 });
  const target = plane.unqualifiedTarget(request, call, violations);
  const record = plane.function(target);
  plane.requireSettled(record, target);
  plane.requireRevision(record.latest, body.text("RevisionId"));
  const sha256 = body.text("CodeSha256");
  const current = record.latest.artifact.sha256;
  if (sha256 !== undefined && sha256 !== current) {
    throw invalidParameterValue(
      `CodeSHA256 (${sha256}) is different from current CodeSHA256 in $LATEST (${current}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  }
  const made = published(plane, record, { description });
  plane.records.save(made.record);
  const shown = { ...target, qualifier: made.version.version, now: plane.now() };
  return jsonReply(201, configurationJson(made.version, shown), call.requestId);
}

/** `ListVersionsByFunction`: 200. `$LATEST`, then the oldest first. */
function listVersions(plane: ControlPlane, request: ServiceRequest, call: OperationParameters): Reply {
  const violations = new Violations();
  const paging = readPaging(call.query, violations);
  const target = plane.unqualifiedTarget(request, call, violations);
  const { latest, versions } = plane.function(target);
  const page = pageOf([latest, ...versions.values()], ({ version }) => versionKey(version), paging);
  const items = page.items.map((version) =>
    listedJson(version, { ...target, qualifier: version.version, now: plane.now() }),
  );
  return jsonReply(200, { Versions: items, ...(page.nextMarker && { NextMarker: page.nextMarker }) }, call.requestId);
}
