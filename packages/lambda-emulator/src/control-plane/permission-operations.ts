import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import type { OperationParameters, Route } from "../emulator-context.ts";
import { partitionOf } from "../function-name.ts";
import { jsonReply, noContent } from "../json-reply.ts";
import { LambdaError, invalidParameterValue, resourceConflict, resourceNotFound } from "../lambda-error.ts";
import { present, readMembers } from "../request-members.ts";
import type { MemberPattern } from "../validation.ts";
import { Violations } from "../validation.ts";
import type { ControlPlane, Target } from "./control-plane.ts";
import { findVersion, wrongRevision } from "./control-plane.ts";
import type { FunctionRecord } from "./function-record.ts";
import type { Policy, Statement } from "./policy.ts";
import { mostPolicyBytes, policyText, statementOf } from "./policy.ts";

const all = /^\/2015-03-31\/functions\/([^/]+)\/policy\/?$/;
const one = /^\/2015-03-31\/functions\/([^/]+)\/policy\/([^/]+)\/?$/;
const statementIdPattern: MemberPattern = { pattern: /^([a-zA-Z0-9-_]+)$/, text: "([a-zA-Z0-9-_]+)" };
const actionPattern: MemberPattern = {
  pattern: /^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/,
  text: "(lambda:[*]|lambda:[a-zA-Z]+|[*])",
};
const principalPattern: MemberPattern = { pattern: /^\S+$/, text: String.raw`[^\s]+` };

/** The operations on resource policies. */
export function permissionRoutes(plane: ControlPlane): readonly Route[] {
  return [
    { method: "POST", path: all, operation: async (...call) => addPermission(plane, ...call) },
    { method: "GET", path: all, operation: async (...call) => getPolicy(plane, ...call) },
    { method: "DELETE", path: one, operation: async (...call) => removePermission(plane, ...call) },
  ];
}

/** `AddPermission`: 201. */
function addPermission(plane: ControlPlane, request: ServiceRequest, call: OperationParameters): Reply {
  const body = readMembers(request.body);
  const violations = new Violations();
  const statementId = body.text("StatementId");
  const action = body.text("Action");
  const principal = body.text("Principal");
  const functionUrlAuthType = body.text("FunctionUrlAuthType");
  violations.required("statementId", statementId);
  violations.required("action", action);
  violations.required("principal", principal);
  violations.length("statementId", statementId, { min: 1, max: 100 });
  violations.pattern("statementId", statementId, statementIdPattern);
  violations.pattern("action", action, actionPattern);
  violations.pattern("principal", principal, principalPattern);
  violations.oneOf("functionUrlAuthType", functionUrlAuthType, ["AWS_IAM", "NONE"]);
  const target = plane.qualifiedTarget(request, call, violations);
  requireNoLatest(target);
  const permission = {
    statementId: statementId!,
    action: action!,
    principal: principal!,
    ...present({
      functionUrlAuthType,
      invokedViaFunctionUrl: body.boolean("InvokedViaFunctionUrl"),
      sourceArn: body.text("SourceArn"),
      sourceAccount: body.text("SourceAccount"),
      principalOrgId: body.text("PrincipalOrgID"),
      eventSourceToken: body.text("EventSourceToken"),
    }),
  };
  const record = plane.function(target);
  requireQualifier(record, target);
  const statement = statementOf(permission, target.arn, partitionOf(target.place.region));

  const policy = record.policies.get(target.qualifier ?? "");
  requireRevision(policy, body.text("RevisionId"));
  const statements = policy?.statements ?? [];
  if (statements.some(({ Sid }) => Sid === statement.Sid)) {
    throw resourceConflict(
      `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  }
  const longer = [...statements, statement];
  requireLength(longer);
  save(plane, record, target, longer);
  return jsonReply(201, { Statement: JSON.stringify(statement) }, call.requestId);
}

/** `GetPolicy`: 200. */
function getPolicy(plane: ControlPlane, request: ServiceRequest, call: OperationParameters): Reply {
  const { name, qualifier = "" } = plane.qualifiedTarget(request, call);
  const policy = plane.records.find(name)?.policies.get(qualifier);
  if (policy === undefined) throw resourceNotFound("The resource you requested does not exist.");
  return jsonReply(200, { Policy: policyText(policy), RevisionId: policy.revisionId }, call.requestId);
}

/** `RemovePermission`: 204. */
function removePermission(plane: ControlPlane, request: ServiceRequest, call: OperationParameters): Reply {
  const violations = new Violations();
  violations.length("statementId", call.subresource, { min: 1, max: 100 });
  violations.pattern("statementId", call.subresource, {
    ...statementIdPattern,
    pattern: /^([a-zA-Z0-9-_.]+)$/,
    text: "([a-zA-Z0-9-_.]+)",
  });
  const target = plane.qualifiedTarget(request, call, violations);
  const record = plane.records.find(target.name);
  if (record === undefined) throw resourceNotFound(`No policy found for: ${target.arn}`);
  requireQualifier(record, target);
  const policy = record.policies.get(target.qualifier ?? "");
  if (policy === undefined) {
    throw resourceNotFound(
      target.qualifier === undefined
        ? "No policy is associated with the given resource."
        : `No policy found for: ${target.arn}`,
    );
  }
  requireRevision(policy, call.query.get("RevisionId") ?? undefined);
  const left = policy.statements.filter(({ Sid }) => Sid !== call.subresource);
  if (left.length === policy.statements.length) {
    throw resourceNotFound(`Statement ${call.subresource} is not found in resource policy.`);
  }
  save(plane, record, target, left);
  return noContent(call.requestId);
}

function save(
  plane: ControlPlane,
  record: FunctionRecord,
  { qualifier = "" }: Target,
  statements: readonly Statement[],
): void {
  const policies = new Map(record.policies);
  if (statements.length === 0) policies.delete(qualifier);
  else policies.set(qualifier, { statements, revisionId: plane.uuid() });
  plane.records.save({ ...record, policies });
}

function requireNoLatest({ qualifier }: Target): void {
  if (qualifier === "$LATEST") throw invalidParameterValue("We currently do not support adding policies for $LATEST.");
}

/** The version or alias must exist; what looks like an alias is called one. */
function requireQualifier(record: FunctionRecord, { qualifier, arn }: Target): void {
  if (findVersion(record, qualifier)) return;
  const isAlias = /^(?!\d+$)[a-zA-Z0-9-_]+$/.test(qualifier ?? "");
  throw resourceNotFound(isAlias ? `Cannot find alias arn: ${arn}` : `Function not found: ${arn}`);
}

function requireRevision(policy: Policy | undefined, expected: string | undefined): void {
  if (expected !== undefined && expected !== policy?.revisionId) throw wrongRevision("GetPolicy");
}

function requireLength(statements: readonly Statement[]): void {
  const size = Buffer.byteLength(policyText({ statements }));
  if (size <= mostPolicyBytes) return;
  throw new LambdaError({
    status: 400,
    type: "PolicyLengthExceededException",
    message: `The final policy size (${size}) is bigger than the limit (${mostPolicyBytes}).`,
    messageKey: "message",
  });
}
